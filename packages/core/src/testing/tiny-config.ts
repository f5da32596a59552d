import { defineEncoderConfig, type EncoderConfig } from '../config.js';

export type TinyFamily =
  | 'bert'
  | 'roberta'
  | 'distilbert'
  | 'electra'
  | 'albert'
  | 'albert-groups'
  | 'tinybert'
  | 'pruned'
  | 'wide-heads'
  | 'one-layer'
  | 'relu'
  | 'gelu-tanh'
  | 'bart';

/** What makes each family differ from the small BERT; sizes are such that mixed-up ones can't go unnoticed. */
const FAMILIES: Readonly<Record<TinyFamily, Partial<EncoderConfig>>> = {
  bert: {},
  roberta: { modelType: 'roberta', positionOffset: 2, typeVocabSize: 1, layerNormEpsilon: 1e-5, padTokenId: 1 },
  distilbert: { modelType: 'distilbert', typeVocabSize: 0 },
  electra: { modelType: 'electra', embeddingSize: 16 },
  /** One set of weights for all layers, factorised embeddings. */
  albert: { modelType: 'albert', embeddingSize: 16, layers: 4, layerWeights: [1, 1, 1, 1], activation: 'gelu_tanh' },
  /** Two layers share a set of weights. */
  'albert-groups': { modelType: 'albert', embeddingSize: 16, layers: 4, layerWeights: [1, 1, 2, 2] },
  /** A head size that is no power of two. */
  tinybert: { hiddenSize: 36, headSize: 6, heads: [6, 6, 6], intermediateSize: 100 },
  /** Heads pruned unevenly, one layer without any. */
  pruned: { heads: [3, 0, 1] },
  /** A·D larger than H. */
  'wide-heads': { headSize: 10, heads: [3, 3, 3] },
  'one-layer': { layers: 1 },
  relu: { activation: 'relu' },
  'gelu-tanh': { activation: 'gelu_tanh' },
  /** The encoder of a BART: positions from row 2, rows of the word table multiplied. */
  bart: {
    modelType: 'bart',
    positionOffset: 2,
    typeVocabSize: 0,
    layerNormEpsilon: 1e-5,
    embeddingScale: Math.sqrt(24),
  },
};

export const TINY_FAMILIES: readonly TinyFamily[] = Object.keys(FAMILIES) as TinyFamily[];

/** A config of a family in miniature: V = 50, H = 24, A = 3, L = 3, sequences of up to 12 tokens, unless overridden. */
export function tinyConfig(family: TinyFamily = 'bert', overrides: Partial<EncoderConfig> = {}): EncoderConfig {
  const sizes = {
    vocabSize: 50,
    hiddenSize: 24,
    layers: 3,
    headCount: 3,
    intermediateSize: 40,
    maxLength: 12,
    ...FAMILIES[family],
    ...overrides,
  };
  return defineEncoderConfig(sizes);
}
