import type { Block } from '../core/decide/block.ts';
import { refuse } from '../core/problem.ts';
import { type OverlayKind, overlayFloorOf, overlayKeyOf } from '../core/release/layout.ts';
import { currentFormat } from '../core/release/manifest.ts';
import {
  type Lift,
  maximumEntries,
  type OverlayDocument,
  openOverlay,
  writeOverlay,
} from '../core/release/overlay-document.ts';
import type { Parameters } from '../core/release/parameters.ts';
import { pinnedKeyOf, type Signer } from '../core/release/signed.ts';
import { readObject, type Store } from '../core/release/store.ts';
import { raiseFloor } from './floors.ts';

/** Blocking needs neither the pointer nor a release: it works while nothing can be published. */
export interface BlockMeans {
  readonly store: Store;
  readonly parameters: Parameters;
  /** The front's id. */
  readonly front: string;
  /** Of the key for blocks. */
  readonly signer: Signer;
  /** Epoch ms. */
  now(): number;
}

/** Others who block at the same moment; each of them takes a second. */
const attempts = 10;

/** Every block there ever was, and which of them were lifted. */
export async function readBlocks(
  means: Pick<BlockMeans, 'store' | 'front' | 'signer'>,
): Promise<{ readonly blocks: readonly Block[]; readonly lifts: readonly Lift[] }> {
  const [blocks, lifts] = await Promise.all([read(means, 'blocks'), read(means, 'lifts')]);
  return { blocks: blocks?.document.entries ?? [], lifts: lifts?.document.entries ?? [] };
}

/** Adds a block. From here on, within the bounds of freshness, nobody whom it denies is let in. */
export async function addBlock(means: BlockMeans, block: Block): Promise<void> {
  await append(means, 'blocks', block);
}

/**
 * Lifts a block.
 *
 * @throws ProblemError `block_unknown`, `block_lifted`
 */
export async function liftBlock(means: BlockMeans, lift: Lift): Promise<void> {
  const { blocks, lifts } = await readBlocks(means);
  if (!blocks.some(({ id }) => id === lift.block)) {
    refuse({
      code: 'block_unknown',
      message: 'there is no block with this id',
      found: lift.block,
      allowed: blocks.map(({ id }) => id).join(', ') || 'none: nothing is blocked',
      remedy: 'sallyport block   lists all of them',
    });
  }
  if (lifts.some(({ block }) => block === lift.block)) {
    refuse({ code: 'block_lifted', message: 'this block was lifted already', found: lift.block });
  }
  await append(means, 'lifts', lift);
}

/** The document with one entry more, whoever else adds one at the same time; then its floor. */
async function append<K extends OverlayKind>(
  means: BlockMeans,
  kind: K,
  entry: OverlayDocument<K>['entries'][number],
): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const found = await read(means, kind);
    const entries = [...(found?.document.entries ?? []), entry] as OverlayDocument<K>['entries'];
    if (entries.length > maximumEntries) tooMany(kind);
    const issuedAt = new Date(means.now()).toISOString();
    const body = await writeOverlay(
      kind,
      { format: currentFormat, front: means.front, issuedAt, entries },
      means.signer,
    );
    // What a function would refuse is never put: a reason with a line end in it would stop every front that reads it.
    openOverlay(kind, body, [pinnedKeyOf(means.signer)], means.front);
    const condition = found === undefined ? ({ ifNoneMatch: '*' } as const) : { ifMatch: found.etag };
    if ((await means.store.put(overlayKeyOf(kind), body, condition)) === 'lost') continue;
    await raiseFloor(means.parameters, overlayFloorOf(kind), async () => {
      const now = await read(means, kind);
      return now === undefined ? gone(kind) : now.document.entries.length;
    });
    return;
  }
  throw new Error(`others write ${overlayKeyOf(kind)} all the time: nothing was written`);
}

async function read<K extends OverlayKind>(
  { store, front, signer }: Pick<BlockMeans, 'store' | 'front' | 'signer'>,
  kind: K,
): Promise<{ readonly document: OverlayDocument<K>; readonly etag: string } | undefined> {
  const object = await readObject(store, overlayKeyOf(kind));
  if (object === undefined) return undefined;
  return { document: openOverlay(kind, object.body, [pinnedKeyOf(signer)], front), etag: object.etag };
}

function tooMany(kind: OverlayKind): never {
  return refuse({
    code: 'blocks_full',
    message: `the document of ${kind} is full`,
    allowed: `${maximumEntries} entries in all`,
    remedy: 'remove who is blocked from the files and publish: a removal needs no block',
  });
}

function gone(kind: OverlayKind): never {
  throw new Error(`${overlayKeyOf(kind)} was written a moment ago and is not there`);
}
