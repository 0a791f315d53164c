import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { campaign, type Find } from './campaign.ts';
import { runDifferential } from './differential/run.ts';
import { targets } from './targets/all.ts';

const names = [...targets.map(({ name }) => name), 'differential'];
const usage = `npm run fuzz -- [--seconds N] [--seed N] [--target NAME]…

Feeds every reader of something from outside with changed inputs: a value or a typed problem must come out, within 50 ms.
Exit 0: nothing found · 1: something, kept in test/fuzz/found/ · 2: wrong usage.
  --seconds  for all targets together (default 60)
  --seed     the same seed makes the same changes (default: drawn and printed)
  --target   ${names.join(', ')}`;

const foundFolder = join(import.meta.dirname, 'found');

function keep({ target, input }: Find): string {
  mkdirSync(foundFolder, { recursive: true });
  const name = `${target}.${createHash('sha256').update(input).digest('hex').slice(0, 12)}.bin`;
  writeFileSync(join(foundFolder, name), input);
  return name;
}

function shortened(what: string): string {
  const lines = what.split('\n').slice(0, 4);
  return lines.map((line) => (line.length > 400 ? `${line.slice(0, 400)}…` : line)).join('\n    ');
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string' },
      target: { type: 'string', multiple: true },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    console.log(usage);
    return 0;
  }
  const wanted = values.target ?? names;
  const seconds = Number(values.seconds);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  if (wanted.some((name) => !names.includes(name)) || !(seconds > 0) || !Number.isInteger(seed)) {
    console.error(usage);
    return 2;
  }
  console.log(`seed ${seed}`);
  const share = seconds / wanted.length;
  let found = 0;
  for (const target of targets) {
    if (!wanted.includes(target.name)) continue;
    const result = await campaign(target, { seed, seconds: share, timed: true });
    console.log(
      `${target.name.padEnd(17)}${String(result.cases).padStart(9)} cases  ${String(Math.round(result.cases / result.seconds)).padStart(7)}/s` +
        `  slowest ${result.slowestMilliseconds.toFixed(1).padStart(5)} ms  memory +${Math.round(result.grownBytes / 2 ** 20)} MiB  found ${result.finds.length}`,
    );
    for (const find of result.finds) console.log(`  ${keep(find)}: ${shortened(find.what)}`);
    found += result.finds.length;
  }
  if (wanted.includes('differential')) found += await runDifferential(seed, share);
  return found === 0 ? 0 : 1;
}

process.exitCode = await main();
