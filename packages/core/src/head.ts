/** What a head answers. Sentence pairs are sequences with two segments, not a task of their own. */
export type HeadTask = 'sequence-classification' | 'regression' | 'token-classification';

/** What stands between the hidden state and the classifier. `tanh+relu` is TinyBERT's. */
export type HeadDense = 'none' | 'tanh' | 'relu' | 'gelu' | 'tanh+relu';

/**
 * A classifier on top of a layer. Weights, in the checkpoint's canonical names:
 * `heads.{name}.dense.weight` [H, H], `heads.{name}.dense.bias` [H] (unless `dense` is `none`),
 * `heads.{name}.classifier.weight` [C, H], `heads.{name}.classifier.bias` [C].
 */
export interface HeadConfig {
  /** `main` for the model's own head; internal classifiers have names of their own, such as `exit3`. */
  readonly name: string;
  readonly task: HeadTask;
  /** Names of the C outputs; one entry for regression. */
  readonly labels: readonly string[];
  /** The layer whose states it reads, 1..L. */
  readonly layer: number;
  readonly dense: HeadDense;
  /** Dropout probability before the classifier, used in training only. */
  readonly dropout: number;
}
