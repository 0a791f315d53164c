import type { Block } from '../../src/core/decide/block.ts';
import { parameterNames } from '../../src/core/release/layout.ts';
import { addBlock, liftBlock, readBlocks } from '../../src/publish/block.ts';
import { makeFloors } from '../../src/publish/floors.ts';
import { codesOf, p256Signer } from '../core/release/fixture.ts';
import { front } from './fixture.ts';
import { type Twin, twins } from './twins.ts';

jest.setTimeout(60_000);

const signer = p256Signer();
const at = '2026-06-01T12:00:00.000Z';
const block = (n: number): Block => ({
  id: `aaaaaaa${n}`,
  target: `client c${n}`,
  denies: [{ client: `c${n}` }],
  reason: 'key lost',
  by: 'alice',
  at,
});
const meansOf = (twin: Twin) => ({ ...twin.open(), front, signer, now: Date.now });

describe.each(twins)('on %s', (_, openTwin) => {
  let twin: Twin;
  beforeEach(async () => {
    twin = await openTwin();
    await makeFloors(twin.open().parameters);
  });
  afterEach(() => twin.close());

  test('five people block at once: all five count, and the floor is at the last', async () => {
    const numbers = [1, 2, 3, 4, 5];
    await Promise.all(numbers.map((n) => addBlock(meansOf(twin), block(n))));
    const { blocks, lifts } = await readBlocks(meansOf(twin));
    expect(blocks.map(({ id }) => id).sort()).toEqual(numbers.map((n) => block(n).id));
    expect(lifts).toEqual([]);
    expect(twin.valueOf(parameterNames.floorBlocks)).toBe('5');
  });

  test('a lift names a block that is there, once; the record keeps both', async () => {
    const means = meansOf(twin);
    const lift = { block: block(1).id, reason: 'found again', by: 'bob', at };
    expect(await codesOf(() => liftBlock(means, lift))).toEqual(['block_unknown']);
    await addBlock(means, block(1));
    await liftBlock(means, lift);
    expect(await codesOf(() => liftBlock(means, lift))).toEqual(['block_lifted']);
    expect(await readBlocks(means)).toEqual({ blocks: [block(1)], lifts: [lift] });
    expect(twin.valueOf(parameterNames.floorLifts)).toBe('1');
  });

  test.each([
    ['a line end', 'key\nlost'],
    ['nothing', ''],
    ['more than 300 characters', 'x'.repeat(301)],
  ])('a reason with %s is refused before anything is written: no function could read it', async (_what, reason) => {
    const means = meansOf(twin);
    await addBlock(means, block(1));
    expect(await codesOf(() => addBlock(means, { ...block(2), reason }))).toEqual(['document_damaged']);
    expect(await codesOf(() => liftBlock(means, { block: block(1).id, reason, by: 'bob', at }))).toEqual([
      'document_damaged',
    ]);
    expect(await readBlocks(means)).toEqual({ blocks: [block(1)], lifts: [] });
  });

  test('what stands there and is not signed by the key of blocks is never added to', async () => {
    const means = meansOf(twin);
    await addBlock(means, block(1));
    twin.overwrite('overlay/blocks.json', Buffer.from('{}'));
    expect(await codesOf(() => addBlock(means, block(2)))).toEqual(['document_damaged']);
    const other = { ...means, signer: p256Signer() };
    await expect(readBlocks(other)).rejects.toThrow();
  });
});
