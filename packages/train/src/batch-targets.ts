import type { Targets, TokenBatch } from '@hashee/core';

/** Where a batch stands in its run. */
export interface BatchPlace {
  /** Of each row, its index in the training set, `[B]`. */
  readonly indices: Int32Array;
  /** Updates done before. */
  readonly step: number;
  /** Number of the batch within its update, from 0. */
  readonly part: number;
}

/**
 * Targets that are made when their batch comes: what a teacher's layers say, which is too much to keep for a whole data set,
 * or partners of rows.
 */
export interface BatchTargets {
  /** Changes with what the targets depend on; a run isn't resumed under another. */
  readonly fingerprint: string;
  /** Names of the targets. */
  readonly names: readonly string[];
  /** The same arguments give the same targets. */
  of(batch: TokenBatch, place: BatchPlace): Promise<Targets> | Targets;
}
