import type { Value } from '../graph/graph.js';
import { add, fusedMatMul, gatherRows, matMul, multiply, reshape, softmax } from '../graph/operators.js';
import type { BuildContext } from './context.js';
import { PLAN } from './plan-names.js';

/** What layer 1 projects its states to. */
export const PROJECTIONS = ['query', 'key', 'value'] as const;
export type Projection = (typeof PROJECTIONS)[number];

/** Names of the graph inputs that carry the tables of layer 1. */
export const TABLES = {
  /** float32 [rows·A, D]: W·(g ⊙ (w - mean w)) of word and segment rows w */
  words: (projection: Projection): string => `words.${projection}`,
  /** float32 [positions·A, D]: the same of position rows */
  positions: (projection: Projection): string => `positions.${projection}`,
  /** float32 [1, A·D]: W·β + b, with β of the embeddings' LayerNorm. The key's drops out of the softmax. */
  bias: (projection: 'query' | 'value'): string => `bias.${projection}`,
} as const;

/**
 * Attention of layer 1 without its matrix products for query, key and value. The embeddings' LayerNorm is linear but for the
 * factor 1/σ, so `W·LN(w + p) + b = (W·g⊙(w - w̄) + W·g⊙(p - p̄)) / σ + (W·β + b)`: a row of a table for the word, one for the
 * position, and 1/σ from the LayerNorm that is computed anyway. Exact to rounding.
 * @param inverseDeviation 1/σ, [T, 1]
 * @returns [T, A·D]
 */
export function lookedUpAttention(context: BuildContext, inverseDeviation: Value): Value {
  const { graph, config } = context;
  const { headSize: D } = config;
  const A = config.heads[0];
  const slots = graph.input(PLAN.slots, 'int64', ['B', A, 'S']);
  const positionSlots = graph.input(PLAN.positionSlots, 'int64', [A, 'S']);
  const answers = graph.input(PLAN.keyRows(A), 'int64', ['T', A]);
  const mask = reshape(graph, graph.input(PLAN.mask, 'float32', ['B', 1, 'S']), [0, 1, 1, -1]);
  const places = graph.input(PLAN.keyTokens, 'int64', ['B', 1, 'S', 1]);
  const factors = gatherRows(graph, reshape(graph, inverseDeviation, [-1]), places); // [B, 1, S, 1]

  const projected = (projection: Projection): Value => {
    const words = graph.input(TABLES.words(projection), 'float32', ['rowsA', D]);
    const positions = graph.input(TABLES.positions(projection), 'float32', ['positionsA', D]);
    const sum = add(graph, gatherRows(graph, words, slots), gatherRows(graph, positions, positionSlots));
    return multiply(graph, sum, factors); // [B, A, S, D]
  };
  const bias = (projection: 'query' | 'value'): Value => graph.input(TABLES.bias(projection), 'float32', [1, A * D]);
  const q = add(graph, projected('query'), reshape(graph, bias('query'), [A, 1, D]));
  const scores = fusedMatMul(graph, q, projected('key'), { transB: true, alpha: 1 / Math.sqrt(D) }); // [B, A, S, S]
  const mixed = matMul(graph, softmax(graph, add(graph, scores, mask)), projected('value')); // [B, A, S, D]
  const rows = gatherRows(graph, reshape(graph, mixed, [-1, D]), answers, { kind: 'distinct' });
  return add(graph, reshape(graph, rows, [-1, A * D]), bias('value'));
}
