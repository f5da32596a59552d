import type { TokenSequence } from './batch.js';

/** A sequence with the answer it should get. Training sets and evaluation sets are lists of these. */
export interface LabelledSequence extends TokenSequence {
  /**
   * Index of the class, or the number for regression. For token classification one class index a token, `[tokens]`,
   * with -1 where no answer is expected (special tokens, all but the first piece of a word).
   */
  readonly label: number | Int32Array;
}
