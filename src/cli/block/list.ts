import type { Block } from '../../core/decide/block.ts';
import type { Lift } from '../../core/release/overlay-document.ts';
import type { CommandContext } from '../terminal/command.ts';
import { printable } from '../terminal/output.ts';

/** Every block, newest first; what no longer counts is said with the reason. */
export function printBlocks(
  { blocks, lifts }: { readonly blocks: readonly Block[]; readonly lifts: readonly Lift[] },
  { output }: CommandContext,
  json: boolean,
): void {
  const lifted = new Map(lifts.map((lift) => [lift.block, lift]));
  const states = [...blocks]
    .reverse()
    .map((block) => ({ block, state: stateOf(block, lifted.get(block.id), Date.now()) }));
  if (json) {
    output.json({ format: 1, blocks: states.map(({ block, state }) => ({ ...block, state })), lifts });
    return;
  }
  if (states.length === 0) output.out('nothing is blocked');
  for (const { block, state } of states) {
    const lift = lifted.get(block.id);
    const more = lift === undefined ? '' : ` by ${lift.by}: ${lift.reason}`;
    output.out(
      `${block.id}  ${state === 'counts' ? output.bad('blocked') : `${state}${printable(more)}`}  ${printable(block.target)}`,
    );
    output.out(
      `          ${block.at.slice(0, 16)}Z by ${printable(block.by)}: ${printable(block.reason)}${block.until === undefined ? '' : ` (until ${block.until})`}`,
    );
  }
}

function stateOf(block: Block, lift: Lift | undefined, now: number): 'counts' | 'lifted' | 'ended' {
  if (lift !== undefined) return 'lifted';
  return block.until !== undefined && Date.parse(block.until) <= now ? 'ended' : 'counts';
}
