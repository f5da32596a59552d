import type { EncoderConfig } from '@hashee/core';
import type { Tensor } from '../engine/tensorflow.js';
import type { BatchPlan } from './batch-plan.js';
import { dropout, type EncoderContext } from './context.js';
import type { Parameters } from './parameters.js';

/** Row of the position table of each token of a batch, `[T]`. */
export function positionsOf(offsets: Int32Array, positionOffset: number): Int32Array {
  const positions = new Int32Array(offsets[offsets.length - 1]);
  for (let b = 0; b + 1 < offsets.length; b++)
    for (let t = offsets[b]; t < offsets[b + 1]; t++) positions[t] = positionOffset + t - offsets[b];
  return positions;
}

/** The sum of word, position and segment rows of each token in computing order, `[T, E]`. */
export function embeddingSum(config: EncoderConfig, parameters: Parameters, plan: BatchPlan): Float32Array {
  const { embeddingSize: E, embeddingScale: scale = 1 } = config;
  const { inputIds, tokenTypeIds, offsets } = plan.batch;
  const word = parameters.table('embeddings.word');
  const position = parameters.table('embeddings.position');
  const type = config.typeVocabSize > 0 ? parameters.table('embeddings.type') : new Float32Array(E);
  const positions = positionsOf(offsets, config.positionOffset);
  const sum = new Float32Array(plan.tokens * E);
  for (let t = 0; t < plan.tokens; t++) {
    const to = plan.place[t] * E;
    const fromWord = inputIds[t] * E;
    const fromPosition = positions[t] * E;
    const fromType = config.typeVocabSize > 0 ? tokenTypeIds[t] * E : 0;
    for (let i = 0; i < E; i++)
      sum[to + i] = scale * word[fromWord + i] + type[fromType + i] + position[fromPosition + i];
  }
  return sum;
}

/** From the sum of rows to the states below layer 1, `[T, H]`. */
export function embeddingStates(context: EncoderContext, sum: Tensor): Tensor {
  const { engine, config, parameters } = context;
  const { operations } = engine;
  const norm = parameters.norm('embeddings.norm');
  const x = dropout(context, operations.layerNorm(sum, undefined, norm, config.layerNormEpsilon), {
    kind: 'embeddings',
  });
  if (config.embeddingSize === config.hiddenSize) return x;
  return operations.linear(x, parameters.linear('embeddings.projection'));
}
