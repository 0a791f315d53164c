import type { RegistryDocument } from '../../core/registry/document.ts';
import { loadRegistry } from '../../core/registry/load.ts';
import { clientsDenied } from '../../core/release/block-target.ts';
import { readBlocks } from '../../publish/block.ts';
import type { ReleasePlace } from '../publish/release-place.ts';
import { type Output, printable } from '../terminal/output.ts';

/** A client that is blocked as a whole, and still stands in the files: the block is not the end of it. */
export interface BlockedInFiles {
  readonly client: string;
  /** The block's id. */
  readonly block: string;
  readonly reason: string;
}

export async function blockedInFiles(
  { means, blocks: signerOfBlocks }: ReleasePlace,
  document: RegistryDocument,
  now: number,
): Promise<readonly BlockedInFiles[]> {
  const { blocks, lifts } = await readBlocks({ ...means, signer: await signerOfBlocks() });
  const lifted = new Set(lifts.map(({ block }) => block));
  const counting = blocks.filter(
    ({ id, until }) => !lifted.has(id) && (until === undefined || now < Date.parse(until)),
  );
  if (counting.length === 0) return [];
  const registry = loadRegistry(document);
  return counting.flatMap(({ id, denies, reason }) =>
    clientsDenied(denies, registry).map((client) => ({ client, block: id, reason })),
  );
}

export function printBlockedInFiles(found: readonly BlockedInFiles[], output: Output): void {
  for (const { client, block, reason } of found) {
    output.out(output.bad(`blocked, and still in the files: ${client} (${block}: ${printable(reason)})`));
  }
  if (found.length > 0)
    output.out('  → sallyport client remove NAME, and publish; or sallyport unblock ID --reason "why"');
}
