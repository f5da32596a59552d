/** What a model answered on a data set, how good that is, and what it took. */
export interface Evaluation {
  /** By name, in the order they were asked for. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Mean of the metrics, as ELUE scores its tasks. */
  readonly score: number;
  /** In the order of the examples: class index, number, or class index of every token, `[tokens]`. */
  readonly predictions: readonly (number | Int32Array)[];
  /** In the order of the examples: `[C]`, or `[tokens, C]` for token classification. */
  readonly logits: readonly Float32Array[];
  readonly sequences: number;
  readonly tokens: number;
  /** Tokens by their last computed layer, `[L]`. */
  readonly tokensByExitLayer: readonly number[];
  /** Mean over all tokens of the last layer computed. */
  readonly meanExitLayer: number;
  /** Multiply-accumulates executed, heads included. */
  readonly macs: number;
  /** Multiply-accumulates of the dense model on the same input. */
  readonly denseMacs: number;
  /** denseMacs / macs */
  readonly countedSpeedup: number;
  /** L / meanExitLayer: the usual simplification, which takes frozen tokens for free. */
  readonly layerSpeedup: number;
  /** Wall-clock time, collating and metrics included. */
  readonly seconds: number;
}
