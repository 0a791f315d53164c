import { Random } from './random.ts';
import type { Target } from './target.ts';

/** No input may take longer. */
const slowMilliseconds = 50;
/** What a target may grow the process by over a whole campaign. */
const memoryBytes = 512 * 1024 * 1024;

export interface Find {
  readonly target: string;
  readonly input: Uint8Array;
  readonly what: string;
}

export interface CampaignResult {
  readonly target: string;
  readonly cases: number;
  readonly seconds: number;
  readonly slowestMilliseconds: number;
  readonly grownBytes: number;
  readonly finds: readonly Find[];
}

export interface CampaignLimits {
  readonly seed: number;
  /** Whichever comes first. */
  readonly seconds?: number;
  readonly cases?: number;
  /** Times are measured and never asserted in tests. */
  readonly timed: boolean;
}

const maxFinds = 20;

/** Feeds one target until time, cases or patience are up. */
export async function campaign(target: Target, limits: CampaignLimits): Promise<CampaignResult> {
  const random = new Random(limits.seed);
  const started = performance.now();
  const before = process.memoryUsage.rss();
  const deadline = started + (limits.seconds ?? Number.POSITIVE_INFINITY) * 1000;
  const finds: Find[] = [];
  const seen = new Set<string>();
  let cases = 0;
  let slowest = 0;
  let peak = before;
  for (; cases < (limits.cases ?? Number.POSITIVE_INFINITY) && finds.length < maxFinds; cases += 1) {
    const input = target.next(random);
    const allowed = slowMilliseconds + ((target.millisecondsPerKiB ?? 0) * input.length) / 1024;
    const { thrown, milliseconds } = await tried(target, input, limits.timed ? allowed : undefined);
    slowest = Math.max(slowest, milliseconds);
    const what = thrown ?? (limits.timed && milliseconds > allowed ? `took ${milliseconds.toFixed(0)} ms` : undefined);
    // one input for each place in the code: the first line of ours on the stack
    const place = what?.split('\n').find((line, index) => index > 0 && /\.ts/.test(line)) ?? what ?? '';
    if (what !== undefined && !seen.has(place)) finds.push({ target: target.name, input, what });
    if (what !== undefined) seen.add(place);
    if (cases % 256 === 0) peak = Math.max(peak, process.memoryUsage.rss());
    if (performance.now() > deadline) break;
  }
  const grownBytes = peak - before;
  if (limits.timed && grownBytes > memoryBytes) {
    finds.push({ target: target.name, input: new Uint8Array(), what: `the process grew by ${grownBytes} bytes` });
  }
  const seconds = (performance.now() - started) / 1000;
  return { target: target.name, cases, seconds, slowestMilliseconds: slowest, grownBytes, finds };
}

/**
 * What an input does, and what it costs this thread in processor time, so that other processes do not count; the
 * shortest of three, because a garbage collection and a function that is compiled for the first time are nobody's fault.
 */
async function tried(
  target: Target,
  input: Uint8Array,
  allowed: number | undefined,
): Promise<{ readonly thrown?: string; readonly milliseconds: number }> {
  let milliseconds = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const before = process.threadCpuUsage();
    const thrown = await thrownBy(target, input);
    const { user, system } = process.threadCpuUsage(before);
    milliseconds = Math.min(milliseconds, (user + system) / 1000);
    if (thrown !== undefined) return { thrown, milliseconds };
    if (allowed === undefined || milliseconds <= allowed) break;
  }
  return { milliseconds };
}

/** The stack of what an input throws that it must not; undefined when it ends as it should. */
export async function thrownBy(target: Target, input: Uint8Array): Promise<string | undefined> {
  try {
    await target.run(input);
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}
