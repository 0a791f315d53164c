import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import type { Block } from '../../core/decide/block.ts';
import type { RegistryDocument } from '../../core/registry/document.ts';
import { fieldsOf } from '../../core/release/fields.ts';
import { blockOf } from '../../core/release/overlay-document.ts';
import type { Signer } from '../../core/release/signed.ts';
import { localBlocksFile, readLocalBlocks } from '../../local/dev/overlay.ts';
import { openPlace, type PlaceOptions, type ReleasePlace, withPlaceOptions } from '../publish/release-place.ts';
import { wrongUsage } from '../terminal/failure.ts';
import { readFrontOf } from '../terminal/files.ts';

export interface BlockPlaceOptions extends PlaceOptions {
  readonly id?: string;
  readonly region?: string;
  readonly dev?: boolean;
}

/** Where blocks are kept: beside a front's releases, or in the state folder of a running `dev`. */
export type BlockPlace =
  | {
      readonly kind: 'front';
      readonly means: ReleasePlace['means'];
      readonly signer: () => Promise<Signer>;
      readonly by: string;
    }
  | {
      readonly kind: 'dev';
      readonly folder: string;
      readonly document: RegistryDocument;
      readonly by: string;
      blocks(): readonly Block[];
    };

export function withBlockPlaceOptions(command: Command): Command {
  return withPlaceOptions(command)
    .option('--id <id>', 'the front, without a checkout; with --region')
    .option('--region <region>', 'its Region, with --id')
    .option('--dev', 'of the `sallyport dev` that runs in this folder');
}

export async function openBlockPlace(options: BlockPlaceOptions): Promise<BlockPlace> {
  if (options.dev === true) {
    const { front } = options;
    const { registry } = readFrontOf(front);
    return { kind: 'dev', folder: front, document: registry, by: 'dev', blocks: () => readLocalBlocks(front) };
  }
  if (options.id !== undefined || options.region !== undefined) {
    const { id, region } = options;
    if (id === undefined || region === undefined)
      return wrongUsage(
        '--id and --region go together',
        'sallyport block TARGET --id ID --region REGION --reason "why"',
      );
    // Loaded only now: the SDK takes longer to load than most commands to run.
    const { openDeployedFront } = await import('../../aws/front.ts');
    const { means, blocks, by } = await openDeployedFront({ id }, { region, profile: options.profile });
    return { kind: 'front', means, signer: blocks, by };
  }
  const { means, blocks, by } = await openPlace(readFrontOf(options.front), options);
  return { kind: 'front', means, signer: blocks, by };
}

/** Written beside and renamed: a `dev` that runs reads it at once. */
export function addLocalBlock(front: string, block: Block): void {
  blockOf(fieldsOf(block, 'the block')); // what `dev` could not read is not written
  writeLocalBlocks(front, [...readLocalBlocks(front), block]);
}

export function writeLocalBlocks(front: string, entries: readonly Block[]): void {
  const path = join(front, localBlocksFile);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify({ format: 1, entries }, undefined, 2)}\n`);
  renameSync(`${path}.new`, path);
}

/** The words that name the same place again, for a command to type next. */
export function samePlace({ dev, id, region, store }: BlockPlaceOptions): string {
  if (dev === true) return ' --dev';
  if (id !== undefined) return ` --id ${id} --region ${region}`;
  return store === undefined ? '' : ` --store ${store}`;
}
