import {
  type Checkpoint,
  defineEncoderConfig,
  type HeadConfig,
  type HeadTask,
  MemoryWeights,
  Random,
  type TokenBatch,
  type WeightSource,
} from '@hashee/core';

/** Tensors by canonical name. */
export type Parameters = Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

export const WORDS = 'embeddings.word';
export const weightOf = (head: HeadConfig): string => `heads.${head.name}.classifier.weight`;
export const biasOf = (head: HeadConfig): string => `heads.${head.name}.classifier.bias`;

/**
 * The smallest model that learns to read: the mean of a text's word vectors through a linear classifier (for token
 * classification each word's own vector). Words that exit at layer 1 and words that don't have the same state, but the
 * account tells them apart.
 */
export function bagOfWords(
  task: HeadTask,
  labels: readonly string[],
  sizes: { readonly vocabSize?: number; readonly hiddenSize?: number; readonly maxLength?: number } = {},
): Checkpoint {
  const { vocabSize = 40, hiddenSize = 8, maxLength = 64 } = sizes;
  const config = defineEncoderConfig({ vocabSize, hiddenSize, maxLength, layers: 2, headCount: 1 });
  const head: HeadConfig = { name: 'main', task, labels, layer: 2, dense: 'none', dropout: 0.1 };
  const random = new Random(3);
  const words = Float32Array.from({ length: vocabSize * hiddenSize }, () => 0.1 * random.normal());
  const weights = new MemoryWeights([
    [WORDS, { shape: [vocabSize, hiddenSize], data: words }],
    [weightOf(head), { shape: [labels.length, hiddenSize], data: new Float32Array(labels.length * hiddenSize) }],
    [biasOf(head), { shape: [labels.length], data: new Float32Array(labels.length) }],
  ]);
  return { config, heads: [head], weights };
}

export async function copyParameters(source: WeightSource): Promise<Parameters> {
  const copy: Parameters = new Map();
  for (const name of source.names())
    copy.set(name, { shape: source.shape(name), data: (await source.read(name)).slice() });
  return copy;
}

/** Groups of tokens that each make one row of logits: sequences, or single tokens. */
export function rowsOf({ offsets, inputIds }: TokenBatch, task: HeadTask): { from: number; to: number }[] {
  if (task === 'token-classification') return Array.from(inputIds, (_, t) => ({ from: t, to: t + 1 }));
  return Array.from({ length: offsets.length - 1 }, (_, b) => ({ from: offsets[b], to: offsets[b + 1] }));
}

/** Mean word vectors, `[rows, H]`. `keep` scales each vector entry of each token, `[T, H]` (dropout). */
export function features(
  { inputIds }: TokenBatch,
  rows: readonly { from: number; to: number }[],
  words: Float32Array,
  H: number,
  keep?: Float32Array,
): Float64Array {
  const mean = new Float64Array(rows.length * H);
  rows.forEach(({ from, to }, row) => {
    for (let t = from; t < to; t++)
      for (let h = 0; h < H; h++)
        mean[row * H + h] += (words[inputIds[t] * H + h] * (keep ? keep[t * H + h] : 1)) / (to - from);
  });
  return mean;
}

/** `[rows, C]` */
export function classify(mean: Float64Array, H: number, head: HeadConfig, parameters: Parameters): Float64Array {
  const weight = parameters.get(weightOf(head))!.data;
  const bias = parameters.get(biasOf(head))!.data;
  const C = head.labels.length;
  const rows = mean.length / H;
  const logits = new Float64Array(rows * C);
  for (let row = 0; row < rows; row++)
    for (let c = 0; c < C; c++) {
      let sum = bias[c];
      for (let h = 0; h < H; h++) sum += mean[row * H + h] * weight[c * H + h];
      logits[row * C + c] = sum;
    }
  return logits;
}
