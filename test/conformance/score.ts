import type { Adapter, CorpusRecord, Verdict } from './corpus.ts';
import { decidedDifferently, readDifferently } from './differences.ts';

/**
 * What is expected to come out, per kind. `good` is the answer that lets somebody in: saying it where the list must not be
 * believed, or where it revokes, is the false accept; doubt about a list that is good is the false reject.
 */
const lettingIn = new Set(['accept', 'good']);

interface Wrong {
  readonly id: string;
  readonly how: 'false accept' | 'false reject' | 'exception';
  readonly expected: string;
  readonly said: string;
  readonly why?: string;
}

export interface Score {
  readonly file: string;
  readonly cases: number;
  readonly expectedToPass: number;
  readonly expectedToFail: number;
  readonly falseAccepts: number;
  readonly falseRejects: number;
  readonly exceptions: number;
  /** Cases whose verdict is free (`either`), and how many of them were accepted. */
  readonly free: { readonly cases: number; readonly accepted: readonly string[] };
  /** Decided otherwise than the corpus on purpose, with the reason. */
  readonly different: readonly { readonly id: string; readonly reason: string }[];
  /** By `source/class/expect`, where the source is the first part of the ids. */
  readonly groups: Readonly<Record<string, { readonly cases: number; readonly accepted: number }>>;
  readonly slowest: { readonly id: string; readonly milliseconds: number };
  readonly wrong: readonly Wrong[];
}

/** Runs every case of one corpus; an adapter that throws is an exception of that case and nothing else. */
export async function scoreCorpus(
  file: string,
  records: readonly CorpusRecord[],
  adapters: Readonly<Record<CorpusRecord['kind'], Adapter>>,
): Promise<Score> {
  const wrong: Wrong[] = [];
  const different: { id: string; reason: string }[] = [];
  const accepted: string[] = [];
  const groups: Record<string, { cases: number; accepted: number }> = {};
  let free = 0;
  let expectedToPass = 0;
  let expectedToFail = 0;
  let slowest = { id: '', milliseconds: 0 };
  for (const record of records) {
    const { id, expect: expected } = record;
    const { verdict, milliseconds } = await timedVerdictOf(record, adapters);
    if (milliseconds > slowest.milliseconds) slowest = { id, milliseconds };
    if (verdict instanceof Error) {
      const why = verdict.stack?.split('\n').slice(0, 3).join(' ') ?? verdict.message;
      wrong.push({ id, how: 'exception', expected, said: 'threw', why });
      continue;
    }
    const { said, why } = verdict;
    const name = [id.split(/::|\//)[0], record.class ?? '-', expected].join('/');
    groups[name] ??= { cases: 0, accepted: 0 };
    groups[name].cases += 1;
    if (lettingIn.has(said)) groups[name].accepted += 1;
    if (expected === 'either') {
      free += 1;
      if (lettingIn.has(said)) accepted.push(id);
      continue;
    }
    if (lettingIn.has(expected)) expectedToPass += 1;
    else expectedToFail += 1;
    if (said === expected) continue;
    const letsIn = lettingIn.has(said);
    // what is read is not let in yet: no path is ever excused
    const reason = letsIn ? (record.kind === 'path' ? undefined : readDifferently[id]) : decidedDifferently[id];
    if (reason !== undefined) different.push({ id, reason });
    else wrong.push({ id, how: letsIn ? 'false accept' : 'false reject', expected, said, why });
  }
  const count = (how: Wrong['how']) => wrong.filter((one) => one.how === how).length;
  return {
    file,
    cases: records.length,
    expectedToPass,
    expectedToFail,
    falseAccepts: count('false accept'),
    falseRejects: count('false reject'),
    exceptions: count('exception'),
    free: { cases: free, accepted },
    different,
    groups,
    slowest: { id: slowest.id, milliseconds: Math.round(slowest.milliseconds * 100) / 100 },
    wrong,
  };
}

const slowMilliseconds = 20;

/** A case that seems slow is asked once more: a garbage collection or a busy machine is not its fault. */
async function timedVerdictOf(
  record: CorpusRecord,
  adapters: Readonly<Record<CorpusRecord['kind'], Adapter>>,
): Promise<{ readonly verdict: Verdict | Error; readonly milliseconds: number }> {
  const timed = async () => {
    const started = performance.now();
    const verdict = await verdictOf(record, adapters);
    return { verdict, milliseconds: performance.now() - started };
  };
  const first = await timed();
  if (first.milliseconds <= slowMilliseconds) return first;
  const second = await timed();
  return second.milliseconds < first.milliseconds ? second : first;
}

async function verdictOf(
  record: CorpusRecord,
  adapters: Readonly<Record<CorpusRecord['kind'], Adapter>>,
): Promise<Verdict | Error> {
  const adapter = adapters[record.kind];
  if (adapter === undefined) return new Error(`unknown kind ${record.kind}`);
  try {
    return await adapter(record);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
