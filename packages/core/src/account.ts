/** What really ran to get a result. */
export interface Account {
  /** Name of the runtime, such as `onnx`. */
  readonly runtime: string;
  readonly device: string;
  readonly dtype: string;
  /**
   * Where each token left, `[T]`: its exit layer, L without exits; in a pass the layer that was reached, or at which its sequence
   * left. A head that reads only the first token lets the others of its layer go uncomputed; they leave there all the same.
   */
  readonly exitLayers: Uint8Array;
  /** Tokens computed as queries in each layer, `[L]`: fewer than leave there or above where only first tokens are read. */
  readonly activeTokens: readonly number[];
  /** How keys and values were obtained in each layer, `[L]`. */
  readonly attention: readonly ('projected' | 'absorbed' | 'none')[];
  /** Multiply-accumulates executed: true lengths, heads included; biases, softmax, LayerNorm and element-wise work left out. */
  readonly macs: number;
  /** Multiply-accumulates of the dense model on the same input. */
  readonly denseMacs: number;
  /** Wall-clock time of the computation in milliseconds, tokenizing excluded. */
  readonly milliseconds: number;
}
