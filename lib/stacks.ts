import {
  type App,
  CfnDynamicReference,
  CfnDynamicReferenceService,
  CfnOutput,
  CfnRule,
  DefaultStackSynthesizer,
  Fn,
  Stack,
} from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { FrontConfig } from '../src/config/front.ts';
import { ProblemError } from '../src/core/problem.ts';
import { parameterNames, parameterPathOf } from '../src/core/release/layout.ts';
import { acceptPrefixes } from './acknowledged.ts';
import { Alarms } from './alarms.ts';
import { type CostLine, fixedCost } from './cost.ts';
import { Domain } from './edge/domain.ts';
import { WebAcl } from './edge/web-acl.ts';
import { Egress, type Network } from './egress.ts';
import { Front } from './front.ts';
import { domainOf, environmentOf, isSpecimen, refuseUndeployable, undeployable } from './preflight.ts';
import { domainOptions, lockDoors } from './sallyport.ts';
import { grantRead, grantWrite } from './trust/access.ts';
import { Deployed } from './trust/deployed.ts';
import { Trust } from './trust/trust.ts';

interface StackProps {
  readonly config: FrontConfig;
}

const naming = (config: FrontConfig, part: string) => ({
  stackName: `sallyport-${config.id}-${part}`,
  env: environmentOf(config),
  terminationProtection: config.stage === 'production',
  // No account has a bootstrap of this name, so the CDK ends before it has sent anything.
  ...(isSpecimen(config) ? { synthesizer: new DefaultStackSynthesizer({ qualifier: 'sampleonly' }) } : {}),
});

/** Releases, keys, and the first publication. Changes seldom; never deleted by accident. */
export class TrustStack extends Stack {
  readonly trust: Trust;

  constructor(app: App, { config }: StackProps) {
    super(app, `${config.id}-trust`, {
      ...naming(config, 'trust'),
      description: `Sallyport ${config.label}: releases and keys`,
    });
    refuseUndeployable(config, this);
    this.trust = new Trust(this, 'Trust', { config });
  }
}

/** Fixed addresses out. */
export class EgressStack extends Stack {
  readonly network: Network;

  constructor(app: App, { config }: StackProps) {
    super(app, `${config.id}-egress`, {
      ...naming(config, 'egress'),
      description: `Sallyport ${config.label}: fixed addresses`,
    });
    const { zones = 2, elasticIps } = config.egress ?? {};
    this.network = new Egress(this, 'Egress', {
      connections: config.connections,
      zones,
      elasticIps,
      logDays: config.logs?.days,
    });
  }
}

/** The domain, the API and its functions. Deployed as often as you like: it takes the live truststore as it is at that moment. */
export class FrontStack extends Stack {
  readonly front: Front;
  readonly alarms: Alarms;

  constructor(app: App, { config, trust, network }: StackProps & { readonly trust: Trust; readonly network: Network }) {
    super(app, `${config.id}-front`, {
      ...naming(config, 'front'),
      description: `Sallyport ${config.label}: the front`,
    });
    const domain = domainOf(config);
    this.front = new Front(this, 'Front', { config, trust, network });
    const live = (name: 'truststore-uri' | 'truststore-version') =>
      // Without a version: resolved at each create and update of this stack, so never older than the last publication.
      new CfnDynamicReference(CfnDynamicReferenceService.SSM, parameterPathOf(config.id, name)).toString();
    const door = new Domain(this, 'Domain', {
      name: domain.name,
      api: this.front.api,
      truststore: { uri: live(parameterNames.truststoreUri), version: live(parameterNames.truststoreVersion) },
      ...domainOptions(this, { config }),
    });
    new Deployed(this, 'Deployed', {
      config,
      trust,
      addresses: network.addresses,
      bindingKey: this.front.bindingKey,
      after: [this.front, door],
    });
    if (domain.waf) new WebAcl(this, 'WebAcl', { api: this.front.api });
    this.alarms = new Alarms(this, 'Alarms', {
      api: this.front.api,
      authorizer: this.front.authorizer.function,
      forwarder: this.front.forwarder.function,
      forwarderLog: this.front.forwarder.logGroup,
    });
    new CfnOutput(this, 'Address', { value: `https://${domain.name}`, description: 'The front' });
    policyFor(this, 'plan', config, trust, (policy) => {
      grantRead(trust, policy);
      door.grantRead(policy);
    });
    policyFor(this, 'publish', config, trust, (policy) => {
      grantWrite(trust, policy);
      door.grantUpdate(policy, trust.bucket.bucketName);
    });
    lockDoors(this, this.front);
  }
}

/** A policy by name, to attach to whoever may look (`plan`) or may change who comes in (`publish`). Attached to nobody here. */
function policyFor(
  stack: Stack,
  what: 'plan' | 'publish',
  { id }: FrontConfig,
  trust: Trust,
  grant: (policy: iam.ManagedPolicy) => void,
): void {
  const policy = new iam.ManagedPolicy(stack, what === 'plan' ? 'MayPlan' : 'MayPublish', {
    managedPolicyName: `sallyport-${id}-${what}`,
    description: `May ${what} for the front ${id}`,
  });
  grant(policy);
  acceptPrefixes(policy, trust.prefixesAsFound(policy));
}

/** The three stacks of one front, in the order of their deployment. */
export function stacksOf(
  app: App,
  config: FrontConfig,
): { readonly trust: TrustStack; readonly egress: EgressStack; readonly front: FrontStack } {
  const problems = isSpecimen(config) ? [] : undeployable(config);
  if (problems.length > 0) throw new ProblemError(problems);
  const trust = new TrustStack(app, { config });
  const egress = new EgressStack(app, { config });
  const front = new FrontStack(app, { config, trust: trust.trust, network: egress.network });
  front.addStackDependency(trust, 'the parameters of the live truststore must exist');
  if (isSpecimen(config)) for (const stack of [trust, egress, front]) refuseEverywhere(stack);
  return { trust, egress, front };
}

/** CloudFormation holds a template's rules against its parameters before it makes anything: this one never holds. */
function refuseEverywhere(stack: Stack): void {
  new CfnRule(stack, 'OnlyToLookAt', {
    assertions: [
      {
        assert: Fn.conditionEquals('a sample', 'a front'),
        assertDescription: 'These stacks show a sample front, whose CAs are made up. docs/deploy.md says how to go on.',
      },
    ],
  });
}

/** What the three stacks cost before the first request. */
export function costOf(config: FrontConfig): readonly CostLine[] {
  return fixedCost({
    newEgress: true,
    zones: config.egress?.zones ?? 2,
    kmsKeys: 4,
    // The binding key, and one for each credential of a connection.
    secrets: 1 + [...config.connections.values()].filter(({ credential }) => credential.kind !== 'none').length,
    alarms: Alarms.count,
    webAclRules: config.domain?.waf === true ? WebAcl.rules : undefined,
  });
}
