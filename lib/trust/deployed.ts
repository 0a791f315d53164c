import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct, type IDependable } from 'constructs';
import type { FrontConfig } from '../../src/config/front.ts';
import { deployedDigestsOf, writeDeployed } from '../../src/core/release/deployed.ts';
import { parameterNames, parameterPathOf } from '../../src/core/release/layout.ts';
import { currentFormat } from '../../src/core/release/manifest.ts';
import { softwareVersion } from '../checkout.ts';
import { bundleDigests } from '../functions.ts';
import type { Trust } from './trust.ts';

/**
 * What this deployment says of itself: where a publisher finds the store and the keys, and which connections and tiers
 * a release may name. The one parameter that a template owns; all others belong to the publisher.
 */
export class Deployed extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: {
      readonly config: FrontConfig;
      readonly trust: Trust;
      readonly addresses: readonly string[];
      readonly bindingKey: ISecret;
      /** What is deployed before this says so: a deploy that fails leaves the word of the one before. */
      readonly after: readonly IDependable[];
    },
  ) {
    super(scope, id);
    const { config, trust, addresses, bindingKey, after } = props;
    const parameter = new ssm.StringParameter(this, 'Parameter', {
      parameterName: parameterPathOf(config.id, parameterNames.deployed),
      description: 'What is deployed: store, keys, and what a release may name',
      stringValue: writeDeployed({
        format: currentFormat,
        bucket: trust.bucket.bucketName,
        signingKey: trust.signingKey.keyArn,
        blocksKey: trust.blocksKey.keyArn,
        revocationsKey: trust.revocationsKey.keyArn,
        releaseKey: trust.releaseKey.keyArn,
        bindingKey: bindingKey.secretArn,
        ...deployedDigestsOf(config),
        bundles: bundleDigests(),
        version: softwareVersion,
        ...(config.checkout === undefined
          ? {}
          : { commit: config.checkout.commit, changed: config.checkout.changed, by: config.checkout.by }),
        ...(addresses.length === 0 ? {} : { addresses }),
      }),
      // Digests of hundreds of connections do not fit into 4 kB.
      tier: ssm.ParameterTier.INTELLIGENT_TIERING,
    });
    parameter.node.addDependency(...after);
  }
}
