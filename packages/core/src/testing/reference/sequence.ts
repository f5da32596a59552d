/**
 * One sequence at a time, one token at a time, in float64: the exit rule of Sun et al. 2022 as it is written down, for
 * results that other implementations are compared with. Nothing here is fast and nothing is shared with a runtime.
 */
import type { EncoderConfig } from '../../config.js';
import { activate, add, layerNorm, linear, softmax } from './math.js';
import { type ReferenceWeights, tensor } from './weights.js';

/** One vector of H for each token. */
export type Rows = Float64Array[];

type VectorMap = (x: Float64Array) => Float64Array;

function linearOf(weights: ReferenceWeights, name: string): VectorMap {
  const weight = tensor(weights, `${name}.weight`);
  const bias = tensor(weights, `${name}.bias`);
  return (x) => linear(x, weight, bias);
}

function normOf(weights: ReferenceWeights, name: string, config: EncoderConfig): VectorMap {
  const weight = tensor(weights, `${name}.weight`);
  const bias = tensor(weights, `${name}.bias`);
  return (x) => layerNorm(x, weight, bias, config.layerNormEpsilon);
}

/** X^(0): sum of the embedding rows, LayerNorm, and the projection to H of factorised embeddings. */
export function embed(
  config: EncoderConfig,
  weights: ReferenceWeights,
  inputIds: ArrayLike<number>,
  tokenTypeIds: ArrayLike<number>,
): Rows {
  const E = config.embeddingSize;
  const row = (name: string, index: number): Float64Array => tensor(weights, name).subarray(index * E, (index + 1) * E);
  const norm = normOf(weights, 'embeddings.norm', config);
  const project = E === config.hiddenSize ? (x: Float64Array) => x : linearOf(weights, 'embeddings.projection');
  return Array.from(inputIds, (id, position) => {
    const word = row('embeddings.word', id).map((value) => value * (config.embeddingScale ?? 1));
    let x = add(word, row('embeddings.position', config.positionOffset + position));
    if (config.typeVocabSize > 0) x = add(x, row('embeddings.type', tokenTypeIds[position]));
    return project(norm(x));
  });
}

/** Multi-head attention of one query token over all tokens of its sequence, before the output projection. */
function attend(query: Float64Array, keys: Rows, values: Rows, heads: number, headSize: number): Float64Array {
  const context = new Float64Array(heads * headSize);
  for (let from = 0; from < context.length; from += headSize) {
    const scores = Float64Array.from(keys, (key) => {
      let product = 0;
      for (let d = from; d < from + headSize; d++) product += query[d] * key[d];
      return product / Math.sqrt(headSize);
    });
    softmax(scores).forEach((share, t) => {
      for (let d = from; d < from + headSize; d++) context[d] += share * values[t][d];
    });
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
  const attention = heads > 0 ? attentionOf(config, weights, set, states, heads) : undefined;
  const attentionNorm = normOf(weights, `${set}.attentionNorm`, config);
  const up = linearOf(weights, `${set}.up`);
  const down = linearOf(weights, `${set}.down`);
  const norm = normOf(weights, `${set}.norm`, config);
  return states.map((x, t) => {
    if (exits[t] < layer) return x;
    // A layer whose heads were all pruned away adds the bias of its output projection.
    const attended = attention ? attention(x) : tensor(weights, `${set}.output.bias`);
    const y = attentionNorm(add(x, attended));
    const inner = up(y).map((value) => activate(config.activation, value));
    return norm(add(y, down(inner)));
  });
}

/** Keys and values of all tokens, and what a query token gets from them. */
function attentionOf(
  config: EncoderConfig,
  weights: ReferenceWeights,
  set: string,
  states: Rows,
  heads: number,
): VectorMap {
  const keys = states.map(linearOf(weights, `${set}.key`));
  const values = states.map(linearOf(weights, `${set}.value`));
  const query = linearOf(weights, `${set}.query`);
  const output = linearOf(weights, `${set}.output`);
  return (x) => output(attend(query(x), keys, values, heads, config.headSize));
}
