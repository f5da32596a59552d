import type { HashDescription } from '@hashee/core';
import type { Machine, Speedup } from '@hashee/eval';
import type { TextOrder } from '../measure/plan-work.js';
import type { BenchPart, Row, RowDtype } from '../rows/row.js';

/** One row under one setting. */
export interface RowResult {
  readonly row: string;
  /** By the median round. */
  readonly sequencesPerSecond: number;
  /** Milliseconds a sequence, by the median round and by the fastest. */
  readonly median: number;
  readonly minimum: number;
  /** Processor time over wall-clock time; 0 where another process computes. */
  readonly busyThreads: number;
  /** Of each round, milliseconds. */
  readonly rounds: readonly number[];
  /** Over the best dense rows, by pairs of turns. Absent where no such row ran. */
  readonly overDense: {
    readonly fp32?: Speedup | undefined;
    /** Of the row's own dtype. */
    readonly same?: Speedup | undefined;
  };
  /** Multiply-accumulates, without padding, of the best dense fp32 row over this row's. */
  readonly counted?: number | undefined;
  /** Against the first row that computes the same: share of equal labels, and the largest difference of scores where labels are equal. */
  readonly answers: { readonly equal: number; readonly scoreDifference: number };
}

/** All rows under one setting. */
export interface BenchCell {
  readonly threads: number;
  readonly workers?: number | undefined;
  readonly batchSize: number;
  readonly order: TextOrder;
  readonly sequences: number;
  readonly meanTokens: number;
  readonly longestTokens: number;
  readonly meanExitLayer: number;
  /** L / mean exit layer. */
  readonly exitLayerSpeedup: number;
  /** Parts of a round at which the rows took turns. */
  readonly turns: number;
  /** Names of the fastest dense rows. */
  readonly bestDense: { readonly fp32?: string | undefined; readonly q8?: string | undefined };
  readonly rows: readonly RowResult[];
  readonly skipped: readonly { readonly row: string; readonly reason: string }[];
}

/** A row alone in a fresh process: from its first import to its first answer. */
export interface FreshStart {
  readonly row: string;
  /** Imports and loading. Some rows make their sessions here, some with the first batch: their sum is what compares. */
  readonly loadMilliseconds: number;
  /** The first batch. */
  readonly firstMilliseconds: number;
  readonly batchSize: number;
  /** Of the whole process that computes. */
  readonly peakMemoryBytes: number;
}

/** What `hashee-bench` writes. */
export interface PeersReport {
  readonly format: 'hashee-peers';
  readonly version: 1;
  /** ISO 8601, when it began. */
  readonly date: string;
  readonly command: string;
  readonly part: BenchPart;
  readonly model: {
    readonly name: string;
    readonly layers: number;
    readonly hiddenSize: number;
    readonly vocabulary: number;
    readonly hash: HashDescription;
  };
  readonly task: string;
  readonly rounds: number;
  readonly warmup: number;
  readonly machine: Machine;
  /** Of everything that computed. */
  readonly versions: Readonly<Record<string, string>>;
  /** What sessions were made with, besides their threads. */
  readonly sessionOptions: Readonly<Record<string, unknown>>;
  readonly rows: readonly (Pick<Row, 'name' | 'computes' | 'lastLayer' | 'about'> & { readonly dtype: RowDtype })[];
  readonly cells: readonly BenchCell[];
  readonly fresh: readonly FreshStart[];
  readonly freshSkipped: BenchCell['skipped'];
}
