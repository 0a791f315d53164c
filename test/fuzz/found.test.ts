import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { campaign, thrownBy } from './campaign.ts';
import { targets } from './targets/all.ts';

const folder = join(import.meta.dirname, 'found');
const found = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.bin')) : [];

describe('inputs that were found by fuzzing end as they should', () => {
  test.each(found.length === 0 ? ['none'] : found)('%s', async (name) => {
    const target = targets.find((one) => name.startsWith(`${one.name}.`));
    if (name === 'none') return;
    if (target === undefined) throw new Error(`no target of the name of ${name}`);
    expect(await thrownBy(target, readFileSync(join(folder, name)))).toBeUndefined();
  });
});

describe('every target, a few hundred cases', () => {
  test.each(targets.map((target) => [target.name, target] as const))('%s', async (_, target) => {
    const { cases, finds } = await campaign(target, { seed: 20_261_122, cases: 300, timed: false });
    expect(cases).toBe(300);
    expect(finds.map(({ what, input }) => `${what}\n${Buffer.from(input).toString('base64')}`)).toEqual([]);
  });
});
