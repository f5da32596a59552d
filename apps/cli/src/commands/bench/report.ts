import type { HashDescription } from '@hashee/core';
import type { Machine, Speedup } from '@hashee/eval';

/** What is timed: texts to labels with tokenizing, or the forward pass of ready batches. */
export type BenchPart = 'end-to-end' | 'encoder';

/** One side of a comparison. */
export interface Side {
  /** Of each round over all texts, `[rounds]`. */
  readonly milliseconds: readonly number[];
  /** Milliseconds a sequence, by the median round. */
  readonly median: number;
  /** Milliseconds a sequence, by the fastest round. */
  readonly minimum: number;
  /** Processor milliseconds a sequence, all threads together, by the median round. */
  readonly cpu: number;
  /** By the median round. */
  readonly sequencesPerSecond: number;
  /** Over all tokens; L for the dense side. */
  readonly meanExitLayer: number;
  /** Multiply-accumulates executed in one round. */
  readonly macs: number;
}

/** Both sides under one setting. */
export interface BenchCell {
  readonly threads: number;
  readonly batchSize: number;
  /** Parts of the texts at which the sides took turns. */
  readonly slices: number;
  readonly dense: Side;
  readonly exits: Side;
  /** The dense side with all of its last layer computed, as runtimes do that don't know the head; absent where the runtime has no such choice. */
  readonly full?: Side;
  /** Time of `full` over that of `exits`. */
  readonly speedupOverFull?: Speedup;
  /**
   * Time of the dense side over that of the other, wall-clock time unless said otherwise: the median over the slices, each
   * compared with the same slice of the other side right after it, with its confidence interval.
   */
  readonly speedup: Speedup & {
    /** Ratio of the median rounds, which feels a machine whose speed drifts. */
    readonly ofMedians: number;
    /** Ratio of the fastest rounds. */
    readonly ofMinima: number;
    /** Ratio of the processor times, which others on the machine disturb less. */
    readonly cpu: number;
  };
  /** Speed-ups that counting promises. */
  readonly counted: {
    /** L / mean exit layer. */
    readonly exitLayers: number;
    /** Multiply-accumulates that the dense side executed over those of the other. */
    readonly macs: number;
    /** Multiply-accumulates of a dense model that computes its last layer in full, over those of the other side. */
    readonly macsOfFullDense: number;
  };
  /** speedup.median / counted.exitLayers */
  readonly shareOfExitLayers: number;
}

/** What `hashee bench --json` prints. */
export interface BenchReport {
  readonly format: 'hashee-bench';
  /** Of this format. */
  readonly version: 2;
  /** ISO 8601, when the measurement began. */
  readonly date: string;
  readonly hashee: string;
  readonly part: BenchPart;
  /** What the dense side is. */
  readonly dense: string;
  readonly model: {
    readonly name: string;
    readonly layers: number;
    readonly hiddenSize: number;
    readonly head: string;
    readonly dtype: string;
    readonly hash: HashDescription;
  };
  readonly texts: {
    readonly name: string;
    readonly sequences: number;
    readonly meanTokens: number;
    readonly longestTokens: number;
    readonly truncated: number;
    readonly order: string;
  };
  readonly rounds: number;
  readonly warmup: number;
  readonly machine: Machine;
  readonly runtime: {
    readonly name: string;
    readonly version?: string;
    /** What all sessions were made with; `intraOpNumThreads` is the cell's `threads`. */
    readonly sessionOptions?: Readonly<Record<string, unknown>>;
  };
  readonly cells: readonly BenchCell[];
}
