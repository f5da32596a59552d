import { collate, type Encoder, HasheeError, type TokenBatch, type TokenSequence } from '@hashee/core';
import { addWork, type Work, workOf } from '../cost/work.js';
import { type Percentiles, percentiles } from '../statistics/percentiles.js';
import { compareTimings, type Speedup } from './compare-timings.js';
import { dealSlices } from './deal-slices.js';
import { interleave, type Timing } from './interleave.js';

/** A model that is timed: a loaded encoder, or anything else that answers batches and accounts for them. */
export interface Variant {
  readonly name: string;
  readonly model: Pick<Encoder, 'forward'>;
}

export interface ThroughputOptions {
  /** Sequences in a batch. @default 32 */
  readonly batchSize?: number | undefined;
  /** Timed rounds over all sequences. @default 5 */
  readonly rounds?: number | undefined;
  /** Rounds before them: compiling, caches. @default 1 */
  readonly warmup?: number | undefined;
  /** Batches that a variant runs before it is the next one's turn. @default 2, or more for batches below 16 sequences */
  readonly batchesPerTurn?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** After every turn. */
  readonly onRun?:
    | ((event: { readonly done: number; readonly total: number; readonly name: string }) => void)
    | undefined;
}

/** How fast one variant is. */
export interface VariantThroughput {
  readonly name: string;
  /** By the median round. */
  readonly sequencesPerSecond: number;
  /** By the median round. */
  readonly tokensPerSecond: number;
  /** Milliseconds of one batch, over all batches of all rounds: what someone waits who asks with a batch. */
  readonly batchMilliseconds: Percentiles;
  /** Milliseconds of each round. */
  readonly rounds: readonly number[];
  /** Processor time of all threads over wall-clock time, by the medians. Well below the number of threads: others disturbed. */
  readonly busyThreads: number;
  /** Against the first variant, by pairs of turns. Absent for the first. */
  readonly speedup?: Speedup | undefined;
  /** What one round computed. */
  readonly work: Work;
}

/** Variants timed against each other at one batch size. */
export interface Throughput {
  readonly batchSize: number;
  readonly sequences: number;
  readonly tokens: number;
  readonly batches: number;
  /** Turns of each variant in one round. */
  readonly turns: number;
  readonly roundCount: number;
  readonly warmup: number;
  readonly variants: readonly VariantThroughput[];
}

/**
 * Times the forward pass of models over the same batches, which are sorted by length. The variants take turns at a few
 * batches each, so that a machine whose speed drifts does so for all. Threads are the backend's: load the variants with the
 * number that is to be measured.
 * @param variants the first is what the others are compared with
 * @throws HasheeError `INVALID_ARGUMENT`, `ABORTED`, and what a model throws
 */
export async function measureThroughput(
  variants: readonly Variant[],
  sequences: readonly TokenSequence[],
  options: ThroughputOptions = {},
): Promise<Throughput> {
  const { batchSize = 32, rounds = 5, warmup = 1, signal, onRun } = options;
  if (sequences.length === 0 || !Number.isSafeInteger(batchSize) || batchSize < 1)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `A measurement needs sequences and a batch size from 1; got ${sequences.length} and ${batchSize}.`,
      { fields: { sequences: sequences.length, batchSize } },
    );
  const batches = sortedBatches(sequences, batchSize);
  const perTurn = options.batchesPerTurn ?? Math.max(2, Math.ceil(32 / batchSize));
  const slices = dealSlices(batches, Math.max(1, Math.floor(batches.length / perTurn)));
  const contestants = variants.map(({ name, model }) => new Contestant(name, model, slices, signal));
  const timings = await interleave(contestants, { rounds, warmup, slices: slices.length, signal, onRun });
  return {
    batchSize,
    sequences: sequences.length,
    tokens: batches.reduce((sum, { inputIds }) => sum + inputIds.length, 0),
    batches: batches.length,
    turns: slices.length,
    roundCount: rounds,
    warmup,
    variants: contestants.map((contestant, index) => ({
      ...contestant.result(timings[index], warmup),
      ...(index > 0 ? { speedup: compareTimings(timings[0], timings[index]) } : {}),
    })),
  };
}

class Contestant {
  readonly name: string;
  readonly #model: Variant['model'];
  readonly #slices: readonly (readonly TokenBatch[])[];
  readonly #signal: AbortSignal | undefined;
  readonly #milliseconds: number[][];
  readonly #works: Work[];

  constructor(name: string, model: Variant['model'], slices: readonly TokenBatch[][], signal: AbortSignal | undefined) {
    this.name = name;
    this.#model = model;
    this.#slices = slices;
    this.#signal = signal;
    this.#milliseconds = slices.map(() => []);
    this.#works = [];
  }

  async run(slice: number): Promise<void> {
    const works: Work[] = [];
    for (const batch of this.#slices[slice]) {
      const started = performance.now();
      const { account } = await this.#model.forward(batch, { signal: this.#signal });
      this.#milliseconds[slice].push(performance.now() - started);
      works.push(workOf(account, batch.offsets.length - 1));
    }
    this.#works[slice] = addWork(works);
  }

  result(timing: Timing, warmup: number): Omit<VariantThroughput, 'speedup'> {
    const work = addWork(this.#works);
    const timed = this.#milliseconds.flatMap((values, slice) => values.slice(warmup * this.#slices[slice].length));
    return {
      name: this.name,
      sequencesPerSecond: (1000 * work.sequences) / timing.median,
      tokensPerSecond: (1000 * work.tokens) / timing.median,
      batchMilliseconds: percentiles(timed),
      rounds: timing.milliseconds,
      busyThreads: timing.cpuMedian / timing.median,
      work,
    };
  }
}

/** Longest first. */
function sortedBatches(sequences: readonly TokenSequence[], batchSize: number): TokenBatch[] {
  const sorted = [...sequences].sort((a, b) => b.inputIds.length - a.inputIds.length);
  return Array.from({ length: Math.ceil(sorted.length / batchSize) }, (_, i) =>
    collate(sorted.slice(i * batchSize, (i + 1) * batchSize)),
  );
}
