import type { Denial } from '../../../src/core/decide/block.ts';

/** `.sallyport/blocks.json` with one block. */
export function blocksOf(...denies: readonly Denial[]): string {
  const at = '2026-06-01T12:00:00.000Z';
  return JSON.stringify({
    format: 1,
    entries: [{ id: 'test0001', target: 'a test', denies, reason: 'contract ended', by: 'a test', at }],
  });
}
