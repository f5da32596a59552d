import type { BitSet } from '../bits/bit-set.js';

/** What a predictor learns from, and what it is asked about. */
export interface PredictionTask {
  readonly train: BitSet;
  /** Selects the best epoch, by the mean accuracy over layers. */
  readonly dev: BitSet;
  /** Judged once; nothing is chosen on it. */
  readonly test: BitSet;
  readonly seed: number;
  /** For trainings that can go on where they stopped. */
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: PredictorProgress) => void) | undefined;
}

export interface PredictorProgress {
  /** Updates. */
  readonly done: number;
  readonly total: number;
  readonly loss: number;
}

/** A logit for each row and layer, `[rows, L]`: "right" where it is above 0. */
export interface Prediction {
  readonly dev: Float32Array;
  readonly test: Float32Array;
  /** Mean accuracy on dev after each epoch, of predictors that are trained. */
  readonly history?: readonly number[] | undefined;
}

/** Says of instances which exits will answer right. */
export interface BitPredictor {
  /** Such as `linear`. */
  readonly name: string;
  readonly title: string;
  /** @throws HasheeError `ABORTED`, and what its training throws */
  predict(task: PredictionTask): Promise<Prediction>;
}
