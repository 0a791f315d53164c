import { refuse } from '../core/problem.ts';
import { type DeployedDocument, parseDeployed } from '../core/release/deployed.ts';
import { parameterNames, parameterPathOf } from '../core/release/layout.ts';
import { pinnedKeyOf, type Signer } from '../core/release/signed.ts';
import type { PublishMeans } from '../publish/steps.ts';
import { readCaller } from './caller.ts';
import type { ClientSettings } from './clients.ts';
import { openDomainEdge } from './edge.ts';
import { openKmsSigner } from './kms-signer.ts';
import { openS3Store } from './s3-store.ts';
import { openSsmParameters } from './ssm-parameters.ts';

export interface DeployedFront {
  readonly means: Pick<PublishMeans, 'store' | 'parameters' | 'edge' | 'signer' | 'keys' | 'front'>;
  /** Signs blocks and lifts. */
  readonly blocks: () => Promise<Signer>;
  /** Signs which index of revocation lists counts; undefined: the deployment has no key for it. */
  readonly revocations: () => Promise<Signer | undefined>;
  readonly deployed: DeployedDocument;
  /** ARN of whoever runs this. */
  readonly by: string;
}

/**
 * A deployed front, found by its id through the one parameter that its deployment writes.
 *
 * @throws ProblemError `other_account`, `not_deployed`
 */
export async function openDeployedFront(
  front: { readonly id: string /** Not checked without one: whoever has no checkout. */; readonly account?: string },
  settings: ClientSettings,
): Promise<DeployedFront> {
  const caller = await readCaller(settings);
  if (front.account !== undefined && caller.account !== front.account) {
    refuse({
      code: 'other_account',
      message: 'these credentials are of another account than the front is in',
      found: `${caller.account} (${caller.arn})`,
      allowed: front.account,
      remedy: 'choose the right ones: --profile NAME, or aws sso login',
    });
  }
  const parameters = openSsmParameters(front.id, settings);
  const deployed = parseDeployed(
    (await parameters.get([parameterNames.deployed])).get(parameterNames.deployed) ?? notDeployed(front.id),
  );
  const signer = await openKmsSigner(deployed.signingKey, settings);
  return {
    means: {
      store: openS3Store({ ...settings, bucket: deployed.bucket, releaseKey: deployed.releaseKey }),
      parameters,
      edge:
        deployed.domain === undefined
          ? { read: async () => undefined, update: noDomain }
          : openDomainEdge(deployed.domain, settings),
      signer,
      // What KMS says is the key's public half, under the permissions of the caller, is what its pointers are checked with.
      keys: [pinnedKeyOf(signer)],
      front: front.id,
    },
    blocks: () => openKmsSigner(deployed.blocksKey, settings),
    revocations: async () =>
      deployed.revocationsKey === undefined ? undefined : openKmsSigner(deployed.revocationsKey, settings),
    deployed,
    by: caller.arn,
  };
}

function notDeployed(front: string): never {
  return refuse({
    code: 'not_deployed',
    message: `the front ${front} is not deployed in this account and Region`,
    found: `no parameter ${parameterPathOf(front, parameterNames.deployed)}`,
    remedy: 'npx cdk deploy --all',
  });
}

function noDomain(): never {
  throw new Error('a front without a domain has no edge to update');
}
