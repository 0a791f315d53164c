import { Random } from '../random.ts';
import { go, openssl, ours, type Verdict } from './engines.ts';
import { explain } from './explanations.ts';
import { type Chain, generateChain } from './generate.ts';

const batch = 200;

/** Generated chains through ours, OpenSSL's `verify` and Go's crypto/x509. Returns how many differences nothing explains. */
export async function runDifferential(seed: number, seconds: number): Promise<number> {
  const random = new Random(seed);
  const deadline = performance.now() + seconds * 1000;
  const counts = { chains: 0, accepted: 0, explained: 0, unexplained: 0 };
  const told = new Map<string, number>();
  const absent = new Set<string>();
  do {
    const chains = Array.from({ length: batch }, (_, index) => generateChain(random, counts.chains + index));
    const own = ours(chains) ?? [];
    for (const [name, engine] of [
      ['OpenSSL', openssl],
      ['Go', go],
    ] as const) {
      const theirs = engine(chains);
      if (theirs === undefined) absent.add(name);
      for (const [index, chain] of chains.entries()) {
        const [a, b] = [own[index], theirs?.[index]];
        if (a === undefined || b === undefined || a.ok === b.ok) continue;
        const explained = explain(name, chain, a, b);
        if (explained === undefined) {
          counts.unexplained += 1;
          if (counts.unexplained <= 20) print(name, chain, a, b);
        } else {
          counts.explained += 1;
          for (const { refused, why } of explained) {
            const line = `${name} ${refused === 'ours' ? 'accepts' : 'refuses'}: ${why}`;
            told.set(line, (told.get(line) ?? 0) + 1);
          }
        }
      }
    }
    counts.chains += chains.length;
    counts.accepted += own.filter(({ ok }) => ok).length;
  } while (performance.now() < deadline);
  for (const name of absent) console.log(`differential: skipped ${name}, which is not on this machine`);
  console.log(
    `differential     ${counts.chains} chains, ${counts.accepted} accepted by us; differences explained ${counts.explained}, unexplained ${counts.unexplained}`,
  );
  for (const [line, times] of [...told].sort((a, b) => b[1] - a[1])) console.log(`  ${times} × ${line}`);
  return counts.unexplained;
}

function print(name: string, chain: Chain, own: Verdict, other: Verdict): void {
  console.log(`differential: chain ${chain.id} (${chain.traits.join(', ') || 'nothing special'})`);
  console.log(`  ours ${own.ok ? 'accepts' : `refuses: ${own.why}`}`);
  console.log(`  ${name} ${other.ok ? 'accepts' : `refuses: ${other.why}`}`);
}
