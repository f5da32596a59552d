import { HasheeError } from './errors.js';

/** Element-wise function between the two feed-forward matrices. `gelu` is the exact one (erf). */
export type Activation = 'gelu' | 'gelu_tanh' | 'relu';

/**
 * A post-LayerNorm encoder of the BERT family, independent of how its checkpoint names things.
 * Symbols: `L` layers, `H` hidden size, `A` heads, `D` head size, `I` feed-forward size, `V` vocabulary.
 */
export interface EncoderConfig {
  /** `model_type` as Hugging Face has it: `bert`, `roberta`, `distilbert`, `electra`, `albert`, ... */
  readonly modelType: string;
  /** V */
  readonly vocabSize: number;
  /** H */
  readonly hiddenSize: number;
  /** Width of the embedding tables; differs from H where the embeddings are factorised (ALBERT). */
  readonly embeddingSize: number;
  /** I */
  readonly intermediateSize: number;
  /** L */
  readonly layers: number;
  /** A of each layer, `[L]`. 0 means that the layer's attention was pruned away: its output is the bias alone. */
  readonly heads: readonly number[];
  /** D, the same in all layers. */
  readonly headSize: number;
  /** Longest sequence in tokens, special tokens included. */
  readonly maxLength: number;
  /** Row of the position table that the first token reads (RoBERTa: 2). */
  readonly positionOffset: number;
  /** Rows of the segment table; 0 where the model has none (DistilBERT). */
  readonly typeVocabSize: number;
  /** What rows of the word table are multiplied by (BART's `scale_embedding`: √H). @default 1 */
  readonly embeddingScale?: number | undefined;
  readonly layerNormEpsilon: number;
  readonly activation: Activation;
  /** Which weight set layer l uses, `[L]`, counted from 1. Ordinary models: 1..L. ALBERT: all 1. */
  readonly layerWeights: readonly number[];
  /** Dropout probabilities, used in training only; `activation` is inside the feed-forward blocks (BART). */
  readonly dropout: {
    readonly hidden: number;
    readonly attention: number;
    readonly classifier: number;
    /** @default 0 */
    readonly activation?: number | undefined;
  };
  readonly padTokenId: number;
}

const LIMITS = {
  vocabSize: 4_000_000,
  hiddenSize: 65_536,
  embeddingSize: 65_536,
  intermediateSize: 1 << 20,
  layers: 255,
  headSize: 65_536,
  maxLength: 1 << 20,
} as const;

function refuse(field: string, expected: string, actual: unknown): never {
  throw new HasheeError(
    'INVALID_CONFIG',
    `Encoder config: ${field} must be ${expected}, got ${JSON.stringify(actual)}.`,
    {
      fields: { field, expected, actual },
    },
  );
}

function checkInteger(field: string, value: unknown, low: number, high: number): void {
  if (!Number.isInteger(value) || (value as number) < low || (value as number) > high)
    refuse(field, `an integer from ${low} to ${high}`, value);
}

/**
 * Checks every size before anything is allocated from it.
 * @throws HasheeError `INVALID_CONFIG` with the field, what was expected and what came.
 */
export function validateEncoderConfig(config: EncoderConfig): void {
  for (const [field, high] of Object.entries(LIMITS))
    checkInteger(field, config[field as keyof typeof LIMITS], 1, high);
  checkInteger('positionOffset', config.positionOffset, 0, config.maxLength);
  checkInteger('typeVocabSize', config.typeVocabSize, 0, 255);
  checkInteger('padTokenId', config.padTokenId, 0, config.vocabSize - 1);
  for (const field of ['heads', 'layerWeights'] as const)
    if (config[field].length !== config.layers) refuse(field, `an array of ${config.layers} numbers`, config[field]);
  for (const heads of config.heads) checkInteger('heads', heads, 0, 4096);
  for (const set of config.layerWeights) checkInteger('layerWeights', set, 1, config.layers);
  if (!(config.layerNormEpsilon > 0 && config.layerNormEpsilon < 1))
    refuse('layerNormEpsilon', 'between 0 and 1', config.layerNormEpsilon);
  if (!['gelu', 'gelu_tanh', 'relu'].includes(config.activation))
    refuse('activation', 'gelu, gelu_tanh or relu', config.activation);
  const { embeddingScale: scale = 1 } = config;
  if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) refuse('embeddingScale', 'a positive number', scale);
  for (const [name, p = 0] of Object.entries(config.dropout))
    if (!(p >= 0 && p < 1)) refuse(`dropout.${name}`, 'from 0 to below 1', p);
}

/** The sizes that BERT-like models usually share, so that a config can be written by hand. */
export function defineEncoderConfig(
  sizes: Pick<EncoderConfig, 'vocabSize' | 'hiddenSize' | 'layers'> & {
    /** A, the same in all layers. */
    readonly headCount: number;
  } & Partial<Omit<EncoderConfig, 'heads'>> & { readonly heads?: readonly number[] },
): EncoderConfig {
  const { headCount, ...given } = sizes;
  const config: EncoderConfig = {
    modelType: 'bert',
    embeddingSize: sizes.hiddenSize,
    intermediateSize: 4 * sizes.hiddenSize,
    heads: Array.from({ length: sizes.layers }, () => headCount),
    headSize: sizes.hiddenSize / headCount,
    maxLength: 512,
    positionOffset: 0,
    typeVocabSize: 2,
    layerNormEpsilon: 1e-12,
    activation: 'gelu',
    layerWeights: Array.from({ length: sizes.layers }, (_, i) => i + 1),
    dropout: { hidden: 0.1, attention: 0.1, classifier: 0.1 },
    padTokenId: 0,
    ...given,
  };
  validateEncoderConfig(config);
  return config;
}
