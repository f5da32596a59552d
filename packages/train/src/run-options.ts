import type { Backend, OptimizerSpec } from '@hashee/core';
import type { TrainEvent } from './train-event.js';

/** What every run is told, whatever it trains. Whatever has a default may be left out. */
export interface RunOptions {
  /** The runtime that computes, with `capabilities.training`. */
  readonly backend: Backend;
  readonly optimizer?: OptimizerSpec | undefined;
  /** Overrides the config's dropout; `0` switches it off everywhere. */
  readonly dropout?: number | undefined;
  /** Canonical names (or prefixes ending in a dot) of the tensors that train. @default all */
  readonly trainable?: readonly string[] | undefined;
  /** Of batches, dropout and new heads. @default 1 */
  readonly seed?: number | undefined;

  /** @default 4 */
  readonly epochs?: number | undefined;
  /** Sequences of one forward and backward pass. @default 32 */
  readonly batchSize?: number | undefined;
  /** Batches whose gradients make one update. @default 1 */
  readonly accumulation?: number | undefined;
  /** The highest. @default 5e-5 */
  readonly learningRate?: number | undefined;
  /** Share of all updates in which the learning rate rises. @default 0.1 */
  readonly warmup?: number | undefined;

  /** In updates, or after every epoch. Always at the end. @default 'epoch' */
  readonly evaluateEvery?: number | 'epoch' | undefined;
  /** The metric that selects. @default the evaluator's score */
  readonly metric?: string | undefined;
  /** Ends the run after so many evaluations in a row without a better one. @default never */
  readonly patience?: number | undefined;

  /**
   * The run's folder: its log and its checkpoint, from which the same call goes on where an earlier one was stopped, with
   * the same results as if it hadn't been.
   */
  readonly directory?: string | undefined;
  /** In updates, besides every evaluation. */
  readonly checkpointEvery?: number | undefined;
  /**
   * `auto` goes on with the run in `directory`, if there is one. `required` insists on one. `restart` forgets it.
   * @default 'auto'
   */
  readonly resume?: 'auto' | 'required' | 'restart' | undefined;

  /** Finishes the update at hand, writes the checkpoint and ends with `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: TrainEvent) => void) | undefined;
}
