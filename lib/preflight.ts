import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { readFrontFiles } from '../src/config/folder.ts';
import { type DomainConfig, type FrontConfig, parseFront } from '../src/config/front.ts';
import { frontFile } from '../src/config/front-files.ts';
import { type Problem, ProblemError, refuse } from '../src/core/problem.ts';
import type { ProblemCode } from '../src/core/problem-codes.ts';
import { loadRegistry, truststoreOf } from '../src/core/registry/load.ts';
import { compileRelease, type Release } from '../src/core/release/compile.ts';
import { readCheckout } from './checkout.ts';

/**
 * Reads and checks a front's folder: what `new Sallyport(…, { config })` takes.
 *
 * @throws ProblemError with every problem of every file
 */
export function frontFrom(folder: string): FrontConfig {
  const { config, problems } = parseFront(readFrontFiles(folder));
  if (config === undefined) throw new ProblemError(problems);
  return { ...config, checkout: readCheckout(folder) };
}

/** The domain of a front that is to be deployed. */
export function domainOf(config: FrontConfig): DomainConfig {
  return config.domain ?? refuse(domainMissing);
}

/** The account and Region of a front that is to be deployed by our own stacks. */
export function environmentOf(config: FrontConfig): { readonly account: string; readonly region: string } {
  return config.aws ?? refuse(awsMissing);
}

/** The first release of a front, refused where it must not be deployed: sample CAs, nobody in it, too large. */
export function releaseOf(config: FrontConfig): Release {
  const { registry } = config;
  const source = { document: registry, truststore: truststoreOf(loadRegistry(registry)) };
  return compileRelease(source, { allowSample: isSpecimen(config), listsAreFetched: true });
}

const specimens = new WeakSet<FrontConfig>();

/** Whether a front's stacks are only made to be looked at. */
export const isSpecimen = (config: FrontConfig): boolean => specimens.has(config);

/** What only keeps a front from being deployed, and not its templates from being shown. */
const deployOnly: readonly ProblemCode[] = [
  'aws_missing',
  'sample_certificate',
  'tiers_not_yet',
  'revocation_not_fetched',
];

/**
 * A front that is not meant for a deploy yet, the sample or a fresh draft: `stage: test`, made-up CAs, no account. Its stacks can be
 * made and read, and CloudFormation refuses them. undefined for any other front.
 */
export function specimenOf(
  config: FrontConfig,
): { readonly config: FrontConfig; readonly missing: readonly Problem[] } | undefined {
  const missing = undeployable(config);
  const codes = missing.map(({ code }) => code);
  const isDraft = config.stage === 'test' && config.aws === undefined && codes.includes('sample_certificate');
  if (!isDraft || !codes.every((code) => deployOnly.includes(code))) return undefined;
  // Nobody's account, and no Region where a front would make sense by accident.
  const shown: FrontConfig = { ...config, tiers: new Map(), aws: { account: '000000000000', region: 'us-east-1' } };
  specimens.add(shown);
  return { config: shown, missing };
}

/** Everything that keeps the stacks of a front from being made, with its account and Region. */
export function undeployable(config: FrontConfig): readonly Problem[] {
  return [...(config.aws === undefined ? [awsMissing] : []), ...problemsIn(config, config.aws)];
}

/**
 * Everything that can be known to be wrong before anything is created.
 *
 * @param scope where the front goes: its stack's account and Region are compared with the front's, where they are known
 * @throws ProblemError with all of it
 */
export function refuseUndeployable(config: FrontConfig, scope: IConstruct): void {
  const stack = Stack.of(scope);
  const known = (value: string) => (Token.isUnresolved(value) ? undefined : value);
  const where = {
    account: config.aws?.account ?? known(stack.account),
    region: config.aws?.region ?? known(stack.region),
  };
  const problems = [...elsewhere(config, stack), ...problemsIn(config, where)];
  if (problems.length > 0) throw new ProblemError(problems);
}

/** As far as it is known where the front goes. */
interface Where {
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

function problemsIn(config: FrontConfig, where: Where = {}): readonly Problem[] {
  return [
    ...(config.domain === undefined ? [domainMissing] : []),
    ...certificatesElsewhere(config, where),
    ...(config.tiers.size > 0 ? [tiersNotYet(config)] : []),
    ...problemsOf(() => releaseOf(config)),
  ];
}

const place = { file: frontFile };

const domainMissing: Problem = {
  code: 'domain_missing',
  message: 'a front on AWS needs a domain name: mutual TLS is a property of it',
  place,
  remedy: 'domain: { name: api.example.com, hostedZone: { id: Z0123456789, name: example.com } }',
};

const awsMissing: Problem = {
  code: 'aws_missing',
  message: 'a front on AWS needs an account and a Region, so that it never lands in another one',
  place,
  remedy: 'aws: { account: "222222222222", region: eu-west-1 }',
};

/** Nothing makes the clients' API keys yet; with usage plans and without keys every request would be refused. */
function tiersNotYet({ registry }: FrontConfig): Problem {
  const files = registry.clients.flatMap(({ tier, at }) => (tier === undefined ? [] : [at.file ?? 'a client']));
  return {
    code: 'tiers_not_yet',
    message: 'limits for each client cannot be deployed yet',
    place,
    found: 'tiers',
    allowed: 'no tiers; the whole front is limited to 1,000 requests a second',
    remedy: `remove tiers: from sallyport.yaml${files.length === 0 ? '' : `, and tier: from ${files.join(', ')}`}`,
  };
}

function elsewhere({ aws }: FrontConfig, stack: Stack): readonly Problem[] {
  if (aws === undefined) return [];
  const differs = (found: string, wanted: string) => !Token.isUnresolved(found) && found !== wanted;
  if (!differs(stack.account, aws.account) && !differs(stack.region, aws.region)) return [];
  return [
    {
      code: 'stack_elsewhere',
      message: 'the stack goes to another account or Region than the front says',
      place,
      found: `${stack.account} ${stack.region}`,
      allowed: `${aws.account} ${aws.region}`,
      remedy: `new Stack(app, id, { env: { account: '${aws.account}', region: '${aws.region}' } })`,
    },
  ];
}

function certificatesElsewhere({ domain }: FrontConfig, { region, account }: Where): readonly Problem[] {
  const keys = ['certificate', 'ownershipCertificate'] as const;
  return keys.flatMap((key) => {
    const found = domain?.[key];
    const [, , , itsRegion, itsAccount] = found?.split(':') ?? [];
    const here = (wanted: string | undefined, its: string | undefined) => wanted === undefined || wanted === its;
    if (found === undefined || (here(region, itsRegion) && here(account, itsAccount))) return [];
    return [
      {
        code: 'certificate_elsewhere',
        message: 'API Gateway takes a certificate only from its own account and Region',
        place,
        found,
        allowed: `${region ?? 'the Region of the stack'}, account ${account ?? 'of the stack'}`,
        remedy: `aws acm request-certificate --region ${region ?? 'REGION'} --domain-name ${domain?.name} --validation-method DNS   # then its ARN as ${key}:`,
      },
    ];
  });
}

function problemsOf(attempt: () => unknown): readonly Problem[] {
  try {
    attempt();
    return [];
  } catch (error) {
    if (error instanceof ProblemError) return error.problems;
    throw error;
  }
}
