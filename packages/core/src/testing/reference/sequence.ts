/**
 * One sequence at a time, one token at a time, in float64: the exit rule of Sun et al. 2022 as it is written down, for
 * results that other implementations are compared with. Nothing here is fast and nothing is shared with a runtime.
 */
import type { EncoderConfig } from '../../config.js';
import { activate, add, layerNorm, linear, softmax } from './math.js';
import { type ReferenceWeights, tensor } from './weights.js';

/** One vector of H for each token. */
export type Rows = Float64Array[];

function linearOf(weights: ReferenceWeights, name: string, x: Float64Array): Float64Array {
  return linear(x, tensor(weights, `${name}.weight`), tensor(weights, `${name}.bias`));
}

function normOf(weights: ReferenceWeights, name: string, x: Float64Array, config: EncoderConfig): Float64Array {
  return layerNorm(x, tensor(weights, `${name}.weight`), tensor(weights, `${name}.bias`), config.layerNormEpsilon);
}

/** X^(0): sum of the embedding rows, LayerNorm, and the projection to H of factorised embeddings. */
export function embed(
  config: EncoderConfig,
  weights: ReferenceWeights,
  inputIds: ArrayLike<number>,
  tokenTypeIds: ArrayLike<number>,
): Rows {
  const E = config.embeddingSize;
  const row = (name: string, index: number): Float64Array => tensor(weights, name).slice(index * E, (index + 1) * E);
  return Array.from(inputIds, (id, position) => {
    let x = add(row('embeddings.word', id), row('embeddings.position', config.positionOffset + position));
    if (config.typeVocabSize > 0) x = add(x, row('embeddings.type', tokenTypeIds[position]));
    x = normOf(weights, 'embeddings.norm', x, config);
    return E === config.hiddenSize ? x : linearOf(weights, 'embeddings.projection', x);
  });
}

/** Multi-head attention of one query token over all tokens of its sequence, before the output projection. */
function attend(query: Float64Array, keys: Rows, values: Rows, heads: number, headSize: number): Float64Array {
  const context = new Float64Array(heads * headSize);
  for (let h = 0; h < heads; h++) {
    const from = h * headSize;
    const scores = Float64Array.from(keys, (key) => {
      let product = 0;
      for (let d = from; d < from + headSize; d++) product += query[d] * key[d];
      return product / Math.sqrt(headSize);
    });
    const shares = softmax(scores);
    for (let d = from; d < from + headSize; d++)
      context[d] = shares.reduce((sum, share, t) => sum + share * values[t][d], 0);
  }
  return context;
}

/**
 * X^(l) from X^(l-1). Every token, frozen or not, is a key and a value under this layer's own matrices; a token is
 * computed while `exits[t] >= layer` and copied up unchanged after that.
 */
export function encodeLayer(
  config: EncoderConfig,
  weights: ReferenceWeights,
  layer: number,
  states: Rows,
  exits: ArrayLike<number>,
): Rows {
  const set = `layers.${config.layerWeights[layer - 1]}`;
  const heads = config.heads[layer - 1];
  const keys = heads > 0 ? states.map((x) => linearOf(weights, `${set}.key`, x)) : [];
  const values = heads > 0 ? states.map((x) => linearOf(weights, `${set}.value`, x)) : [];
  return states.map((x, t) => {
    if (exits[t] < layer) return x;
    let attended = tensor(weights, `${set}.output.bias`);
    if (heads > 0) {
      const query = linearOf(weights, `${set}.query`, x);
      attended = linearOf(weights, `${set}.output`, attend(query, keys, values, heads, config.headSize));
    }
    const y = normOf(weights, `${set}.attentionNorm`, add(x, attended), config);
    const inner = linearOf(weights, `${set}.up`, y).map((value) => activate(config.activation, value));
    return normOf(weights, `${set}.norm`, add(y, linearOf(weights, `${set}.down`, inner)), config);
  });
}
