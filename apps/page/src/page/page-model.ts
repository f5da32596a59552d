/** What the page has to know of its model, written when the site is built and fetched when it is opened. */
export interface PageModelFile {
  readonly name: string;
  readonly labels: readonly string[];
  /** L */
  readonly layers: number;
  /** In tokens, special tokens included. */
  readonly maxLength: number;
  /** Bytes of the weights of each dtype, for progress where the server doesn't say. */
  readonly bytes: Readonly<Record<PageDtype, number>>;
}

/** `q8` runs on the CPU in WebAssembly, `fp32` on WebGPU. */
export type PageDtype = 'q8' | 'fp32';

/** Names in the folder of the page's model. Both graphs of a dtype share one file of weights. */
export const PAGE_FILES = {
  model: 'page.json',
  /** Uint8 [V] */
  exitLayers: 'exit-layers.bin',
  tokenizer: 'tokenizer.json',
  tokenizerConfig: 'tokenizer_config.json',
  graph: (kind: 'exits' | 'dense', dtype: PageDtype): string => `${kind}-${dtype}.onnx`,
  weights: (dtype: PageDtype): string => `weights-${dtype}.bin`,
} as const;
