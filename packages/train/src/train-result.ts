import type { Checkpoint } from '@hashee/core';
import type { Ending, EvaluationRecord, Selection } from './train-event.js';

/** The outcome of a run. */
export interface TrainResult {
  /** The best weights on dev (the last ones without a dev set) with their heads and exit table, ready to load or save. */
  readonly model: Checkpoint;
  /** Where they come from. */
  readonly best: Selection;
  /** All evaluations, in order. */
  readonly history: readonly EvaluationRecord[];
  /** Updates done. */
  readonly steps: number;
  readonly stopped: Ending;
  /** Wall-clock time of all parts of the run. */
  readonly seconds: number;
}
