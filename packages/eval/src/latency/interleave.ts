import { HasheeError, throwIfAborted } from '@hashee/core';
import { median } from 'simple-statistics';
import { sum } from '../statistics/sum.js';

/** One of the things that are timed against each other. */
export interface Contender {
  readonly name: string;
  /**
   * One slice of a round's work, from 0; the whole round where there is one slice. May answer with milliseconds of its
   * own clock, where the work happens elsewhere.
   */
  run(slice: number): Promise<number> | Promise<void>;
}

export interface InterleaveOptions {
  /** Timed rounds. @default 5 */
  readonly rounds?: number | undefined;
  /** Rounds before them that don't count: compiling, caches. @default 1 */
  readonly warmup?: number | undefined;
  /**
   * Parts that a round is cut into. Contenders take turns slice by slice; a slice is the same work for all of them. The finer,
   * the less a machine whose speed drifts can favour one of them. @default 1
   */
  readonly slices?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** After every slice of a contender, those of the warm-up included. */
  readonly onRun?:
    | ((event: { readonly done: number; readonly total: number; readonly name: string }) => void)
    | undefined;
}

/** How long the rounds of one contender took. */
export interface Timing {
  readonly name: string;
  /** Milliseconds of each round, in order, `[rounds]`: the sum of its slices. */
  readonly milliseconds: readonly number[];
  /** Milliseconds of each slice, `[rounds, slices]`. */
  readonly slices: readonly (readonly number[])[];
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
 * Times contenders in turns, every other turn in the opposite order, so that a machine that gets slower or faster
 * meanwhile does so for all. Medians tell what to expect; minima, what is left when nothing else disturbs; `compareTimings`,
 * which is faster and how surely.
 * @returns in the order of the contenders
 * @throws HasheeError `INVALID_ARGUMENT`, `ABORTED` between two slices, and what a contender throws
 */
export async function interleave(
  contenders: readonly Contender[],
  { rounds = 5, warmup = 1, slices = 1, signal, onRun }: InterleaveOptions = {},
): Promise<Timing[]> {
  if (contenders.length === 0 || !isCount(rounds, 1) || !isCount(warmup, 0) || !isCount(slices, 1))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `A measurement needs contenders, rounds and slices from 1 and warm-up rounds from 0; got ${contenders.length}, ${rounds}, ${slices} and ${warmup}.`,
      { fields: { contenders: contenders.length, rounds, slices, warmup } },
    );
  const times = contenders.map((): number[][] => []);
  const cpuTimes = contenders.map((): number[][] => []);
  const total = contenders.length * (warmup + rounds) * slices;
  const forward = [...contenders.entries()];
  const backward = [...forward].reverse();
  let done = 0;
  for (let round = 0; round < warmup + rounds; round++) {
    for (const each of [times, cpuTimes]) for (const ofContender of each) ofContender.push([]);
    for (let slice = 0; slice < slices; slice++)
      // By round as well: with an even number of slices, the same contender would always begin the same slice.
      for (const [index, contender] of (round + slice) % 2 === 0 ? forward : backward) {
        throwIfAborted(signal, 'The measurement');
        const cpuBefore = process.cpuUsage();
        const started = performance.now();
        const own = await contender.run(slice);
        const elapsed = performance.now() - started;
        const { user, system } = process.cpuUsage(cpuBefore);
        times[index][round].push(own ?? elapsed);
        cpuTimes[index][round].push((user + system) / 1000);
        onRun?.({ done: ++done, total, name: contender.name });
      }
  }
  return contenders.map(({ name }, index) => {
    const timed = times[index].slice(warmup);
    const milliseconds = timed.map(sum);
    const cpuMilliseconds = cpuTimes[index].slice(warmup).map(sum);
    return {
      name,
      milliseconds,
      slices: timed,
      median: median(milliseconds),
      minimum: Math.min(...milliseconds),
      cpuMilliseconds,
      cpuMedian: median(cpuMilliseconds),
    };
  });
}

function isCount(value: number, low: number): boolean {
  return Number.isSafeInteger(value) && value >= low;
}
