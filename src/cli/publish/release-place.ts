import { statSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { FrontConfig } from '../../config/front.ts';
import { refuse } from '../../core/problem.ts';
import { loadRegistry, truststoreOf } from '../../core/registry/load.ts';
import type { CompileOptions, ReleaseSource } from '../../core/release/compile.ts';
import type { DeployedDocument } from '../../core/release/deployed.ts';
import { pinnedKeyOf, type Signer } from '../../core/release/signed.ts';
import { openDirectoryEdge } from '../../folder/edge.ts';
import { openDirectoryParameters } from '../../folder/parameters.ts';
import { openSigningKey } from '../../folder/signing-key.ts';
import { openDirectoryStore } from '../../folder/store.ts';
import type { PublishMeans } from '../../publish/steps.ts';
import type { CommonOptions } from '../terminal/command.ts';
import { cannotDecide } from '../terminal/failure.ts';

/** Where releases live, for the commands that publish and look: AWS, or a folder with --store. */
export interface PlaceOptions extends CommonOptions {
  readonly store?: string;
  readonly profile?: string;
}

export interface ReleasePlace {
  readonly means: Pick<PublishMeans, 'store' | 'parameters' | 'edge' | 'signer' | 'keys' | 'front'>;
  /** Signs blocks and lifts; with its own public half as the key that they are checked with. */
  readonly blocks: () => Promise<Signer>;
  /** Signs which index of revocation lists counts; undefined: this deployment has no key for it. */
  readonly revocations: () => Promise<Signer | undefined>;
  readonly deployed: DeployedDocument | 'not-checked';
  /** Whether what is deployed reads revocation lists. */
  readonly readsLists: boolean;
  /** Who runs the command. */
  readonly by: string;
  /** A folder of this machine: the first release is published by the command itself, and sample CAs may be in it. */
  readonly local: boolean;
}

export function withPlaceOptions(command: Command): Command {
  return command
    .option('--store <dir>', 'releases in a folder of this machine, instead of AWS')
    .option('--profile <name>', 'profile of the shared AWS configuration');
}

/**
 * @param store whether a folder that is not there is a store that begins now, or a name that was typed wrong
 * @throws CliFailure for a folder that is not there; ProblemError for a front that is not deployed
 */
export async function openPlace(
  config: FrontConfig,
  options: PlaceOptions,
  store: 'may-be-new' | 'is-there' = 'is-there',
): Promise<ReleasePlace> {
  if (options.store !== undefined) {
    if (store === 'is-there') refuseMissing(options.store);
    return openFolder(config, options.front, options.store);
  }
  const { aws } = config;
  if (aws === undefined) {
    return refuse({
      code: 'not_deployed',
      message: 'sallyport.yaml does not say in which account and Region the front is',
      remedy: 'add aws: { account: "222222222222", region: eu-west-1 }, or use --store DIR',
    });
  }
  // Loaded only now: the SDK takes longer to load than most commands to run.
  const { openDeployedFront } = await import('../../aws/front.ts');
  const { means, blocks, revocations, deployed, by } = await openDeployedFront(
    { id: config.id, account: aws.account },
    { region: aws.region, profile: options.profile },
  );
  const readsLists = deployed.revocationsKey !== undefined;
  return { means, blocks, revocations, deployed, readsLists, by, local: false };
}

/** A store that is not there is not an empty store: nobody may read from it that nothing is published. */
function refuseMissing(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return;
  const there = found === undefined ? 'there is no folder' : 'this is no folder:';
  cannotDecide(
    `${there} ${folder}, so nobody knows what is published`,
    `sallyport publish --store ${folder}   (makes it; or check the path)`,
  );
}

function openFolder(config: FrontConfig, front: string, folder: string): ReleasePlace {
  const signer = openSigningKey(join(front, '.sallyport', 'signing-key.pem'));
  return {
    means: {
      store: openDirectoryStore(folder),
      parameters: openDirectoryParameters(folder),
      edge: openDirectoryEdge(folder),
      signer,
      keys: [pinnedKeyOf(signer)],
      front: config.id,
    },
    blocks: async () => openSigningKey(join(front, '.sallyport', 'blocks-key.pem')),
    revocations: async () => openSigningKey(join(front, '.sallyport', 'revocations-key.pem')),
    deployed: 'not-checked',
    readsLists: true,
    by: `${userInfo().username}@${hostname()}`,
    local: true,
  };
}

/** What the files compile to. */
export const sourceOf = (config: FrontConfig): ReleaseSource => ({
  document: config.registry,
  truststore: truststoreOf(loadRegistry(config.registry)),
});

export const compileOptionsOf = (place: ReleasePlace): CompileOptions => ({
  allowSample: place.local,
  listsAreFetched: place.readsLists,
});
