import { HasheeError, throwIfAborted } from '@hashee/core';
import { median } from 'simple-statistics';

/** One of the things that are timed against each other. */
export interface Contender {
  readonly name: string;
  /** The work of one round. May answer with milliseconds of its own clock, where the work happens elsewhere. */
  run(): Promise<number> | Promise<void>;
}

export interface InterleaveOptions {
  /** Timed rounds. @default 5 */
  readonly rounds?: number | undefined;
  /** Rounds before them that don't count: compiling, caches. @default 1 */
  readonly warmup?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** After every run of a contender, those of the warm-up included. */
  readonly onRun?:
    | ((event: { readonly done: number; readonly total: number; readonly name: string }) => void)
    | undefined;
}

/** How long the rounds of one contender took. */
export interface Timing {
  readonly name: string;
  /** Milliseconds of each round, in order, `[rounds]`. */
  readonly milliseconds: readonly number[];
  readonly median: number;
  readonly minimum: number;
  /**
   * Processor time that all threads of this process spent in each round, `[rounds]`. With one thread of work, less than
   * `milliseconds` means that other processes got in the way.
   */
  readonly cpuMilliseconds: readonly number[];
  readonly cpuMedian: number;
}

/**
 * Times contenders in turns, every other round in the opposite order, so that a machine that gets slower or faster
 * meanwhile does so for all. Medians tell what to expect; minima, what is left when nothing else disturbs.
 * @returns in the order of the contenders
 * @throws HasheeError `INVALID_ARGUMENT`, `ABORTED` between two runs, and what a contender throws
 */
export async function interleave(
  contenders: readonly Contender[],
  { rounds = 5, warmup = 1, signal, onRun }: InterleaveOptions = {},
): Promise<Timing[]> {
  if (contenders.length === 0 || !isCount(rounds, 1) || !isCount(warmup, 0))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `A measurement needs contenders, rounds from 1 and warm-up rounds from 0; got ${contenders.length}, ${rounds} and ${warmup}.`,
      { fields: { contenders: contenders.length, rounds, warmup } },
    );
  const times = contenders.map((): number[] => []);
  const cpuTimes = contenders.map((): number[] => []);
  const total = contenders.length * (warmup + rounds);
  let done = 0;
  const order = [...contenders.entries()];
  for (let round = -warmup; round < rounds; round++) {
    for (const [index, contender] of order) {
      throwIfAborted(signal, 'The measurement');
      const cpuBefore = process.cpuUsage();
      const started = performance.now();
      const own = await contender.run();
      const elapsed = performance.now() - started;
      const { user, system } = process.cpuUsage(cpuBefore);
      if (round >= 0) {
        times[index].push(own ?? elapsed);
        cpuTimes[index].push((user + system) / 1000);
      }
      onRun?.({ done: ++done, total, name: contender.name });
    }
    order.reverse();
  }
  return contenders.map(({ name }, index) => ({
    name,
    milliseconds: times[index],
    median: median(times[index]),
    minimum: Math.min(...times[index]),
    cpuMilliseconds: cpuTimes[index],
    cpuMedian: median(cpuTimes[index]),
  }));
}

function isCount(value: number, low: number): boolean {
  return Number.isSafeInteger(value) && value >= low;
}
