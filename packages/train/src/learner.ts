import type { Trainer } from '@hashee/core';
import type { DevEvaluation } from './dev-evaluator.js';

/** What the loop of a run trains, whatever it is: a trainer that knows its data. */
export interface Learner extends Pick<Trainer, 'update' | 'weights' | 'state' | 'restore' | 'dispose'> {
  /**
   * Forward and backward of the batches of one update, weighted so that they equal one large batch.
   * @param batches indices of the training sequences
   * @param step updates done before
   */
  accumulate(
    batches: readonly Int32Array[],
    step: number,
  ): Promise<{ readonly loss: number; readonly terms: readonly number[] }>;
  /** Judges the present weights. Absent where there is no dev set. */
  readonly evaluate?: ((signal: AbortSignal | undefined) => Promise<DevEvaluation>) | undefined;
}
