/** One thing to time. That what it returns is right has been checked before. */
export interface Contender {
  readonly name: string;
  run(): unknown;
}

export interface MeasureOptions {
  /** Each contender has one turn a round, in an order that rotates. */
  readonly rounds: number;
  /** About how long a turn takes. */
  readonly turnMilliseconds: number;
  readonly warmUpMilliseconds: number;
}

export const usual: MeasureOptions = { rounds: 101, turnMilliseconds: 10, warmUpMilliseconds: 1_500 };
export const quick: MeasureOptions = { rounds: 15, turnMilliseconds: 4, warmUpMilliseconds: 300 };

/** Milliseconds since any moment. */
type Clock = () => number;

/**
 * CPU time of the whole process: with the threads that collect garbage, compile and sign, without the times at which the
 * machine did something else. For work that waits for nothing, on a machine with nothing else to do, it is the wall clock's.
 */
const cpuClock: Clock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
/** CPU time of the calling thread alone: for what waits for another thread, whose work is not counted. */
export const threadClock: Clock = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
export const wallClock: Clock = () => performance.now();

/** Runs so many times and says how many milliseconds that took. */
type Turn = (count: number) => number | Promise<number>;

/**
 * Times functions against each other: the median microseconds a run, in the order of the contenders. Other work comes
 * and goes within seconds, so each round gives every contender a short turn: what disturbs one disturbs its neighbours.
 */
export async function measure(
  contenders: readonly Contender[],
  options: MeasureOptions,
  clock: Clock = cpuClock,
): Promise<readonly number[]> {
  const turns: { readonly turn: Turn; readonly count: number; readonly times: number[] }[] = [];
  for (const { run } of contenders) {
    const turn = run() instanceof Promise ? waitingTurn(run, clock) : plainTurn(run, clock);
    turns.push({ turn, count: await warmUp(turn, options), times: [] });
  }
  for (let round = 0; round < options.rounds; round += 1) {
    for (const index of rotated(turns.length, round)) {
      const own = turns[index];
      own?.times.push(((await own.turn(own.count)) / own.count) * 1000);
    }
  }
  return turns.map(({ times }) => median(times));
}

function plainTurn(run: () => unknown, clock: Clock): Turn {
  return (count) => {
    const start = clock();
    for (let index = 0; index < count; index += 1) run();
    return clock() - start;
  };
}

/** One run at a time. */
function waitingTurn(run: () => unknown, clock: Clock): Turn {
  return async (count) => {
    const start = clock();
    for (let index = 0; index < count; index += 1) await run();
    return clock() - start;
  };
}

/** Lets the code be compiled, and finds how many runs make one turn. */
async function warmUp(turn: Turn, { warmUpMilliseconds, turnMilliseconds }: MeasureOptions): Promise<number> {
  let count = 1;
  for (let spent = 0; spent < warmUpMilliseconds; ) {
    const took = Math.max(await turn(count), 0.001);
    spent += took;
    count = Math.max(1, Math.min(Math.round((count * turnMilliseconds) / took), count * 10));
  }
  return count;
}

/** 0 … count-1, beginning with another one each round. */
export function rotated(count: number, round: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => (index + round) % count);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
