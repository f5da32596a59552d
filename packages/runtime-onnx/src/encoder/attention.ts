import type { Value } from '../graph/graph.js';
import {
  add,
  concat,
  fusedMatMul,
  gatherRows,
  linear,
  matMul,
  reshape,
  softmax,
  split,
  transpose,
} from '../graph/operators.js';
import { type BuildContext, dropout, linearParameters } from './context.js';
import { PLAN } from './plan-names.js';

/** Scores of the queries over the keys of their own sequence become weights that sum to 1; padding gets 0. */
function attentionWeights(context: BuildContext, layer: number, scores: Value, mask: Value, group?: number): Value {
  const { graph } = context;
  return dropout(context, softmax(graph, add(graph, scores, mask)), { kind: 'attention', layer, group });
}

/**
 * Multi-head attention with projected keys and values, `softmax(Q Kᵀ / √D) V`: m queries over n keys cost
 * 2·n·H² + 2·m·n·H besides the query's own projection.
 * @param queries [m, H]
 * @param keys [T, H], the states of all tokens
 * @param all every token is a query, so queries are laid out as the keys are
 * @returns [m, A·D]
 */
export function projectedAttention(
  context: BuildContext,
  layer: number,
  queries: Value,
  keys: Value,
  all: boolean,
): Value {
  const { graph, config } = context;
  const { hiddenSize: H, headSize: D } = config;
  const A = config.heads[layer - 1];
  const set = `layers.${config.layerWeights[layer - 1]}`;
  const heads = (x: Value, part: string, places: Value, back: Value): Value => {
    const { weight, bias } = linearParameters(context, `${set}.${part}`, A * D, H);
    const rows = reshape(graph, linear(graph, x, weight, bias), [-1, D]);
    return gatherRows(graph, rows, places, { kind: 'inverse', places: reshape(graph, back, [-1]) });
  };
  const keyPlaces = graph.input(PLAN.keys(A), 'int64', ['B', A, 'S']);
  const keyRows = graph.input(PLAN.keyRows(A), 'int64', ['T', A]);
  const queryPlaces = all ? keyPlaces : graph.input(PLAN.queries(layer), 'int64', ['B', A, `Q${layer}`]);
  const answers = all ? keyRows : graph.input(PLAN.answers(layer), 'int64', [`m${layer}`, A]);
  const mask = reshape(graph, graph.input(PLAN.mask, 'float32', ['B', 1, 'S']), [0, 1, 1, -1]);

  const q = heads(queries, 'query', queryPlaces, answers); // [B, A, Q, D]
  const k = heads(keys, 'key', keyPlaces, keyRows); // [B, A, S, D]
  const v = heads(keys, 'value', keyPlaces, keyRows); // [B, A, S, D]
  const scores = fusedMatMul(graph, q, k, { transB: true, alpha: 1 / Math.sqrt(D) }); // [B, A, Q, S]
  const mixed = matMul(graph, attentionWeights(context, layer, scores, mask), v); // [B, A, Q, D]
  return reshape(graph, gatherRows(graph, reshape(graph, mixed, [-1, D]), answers, { kind: 'distinct' }), [-1, A * D]); // [m, A·D]
}

/**
 * The same attention with the key matrix folded into the query and the value matrix applied after the mixing:
 * `scores = (Q_h W_K,hᵀ) Xᵀ`, `context = (P_h X) W_V,h + b_V,h`. The key's bias shifts all scores of a query alike and drops
 * out of the softmax. m queries cost m·(2·H² + 2·n·H·A); tokens that are keys only cost nothing of their own.
 * @param queries [m, H], ordered by group
 * @param padded [B·S, H], the states of all tokens
 * @param groups of sequences, each padded to its own number of queries
 * @returns [m, A·D]
 */
export function absorbedAttention(
  context: BuildContext,
  layer: number,
  queries: Value,
  padded: Value,
  groups: number,
): Value {
  const { graph, config } = context;
  const { hiddenSize: H, headSize: D } = config;
  const A = config.heads[layer - 1];
  const set = `layers.${config.layerWeights[layer - 1]}`;
  const query = linearParameters(context, `${set}.query`, A * D, H);
  const valueBias = graph.parameter(`${set}.value.bias`, [A * D]);
  const q = reshape(graph, linear(graph, queries, query.weight, query.bias), [-1, A, D]); // [m, A, D]
  const x = sequencesOf(context, padded); // [B, S, H]
  const mask = graph.input(PLAN.mask, 'float32', ['B', 1, 'S']);
  const mixed =
    groups === 1
      ? absorbedGroup(context, layer, { q, x, mask }, undefined)
      : absorbedGroups(context, layer, { q, x, mask }, groups);
  return add(graph, reshape(graph, mixed, [-1, A * D]), valueBias); // [m, A·D]
}

interface AbsorbedParts {
  /** [m, A, D] */
  readonly q: Value;
  /** [B, S, H] */
  readonly x: Value;
  /** [B, 1, S] */
  readonly mask: Value;
}

function absorbedGroups(context: BuildContext, layer: number, { q, x, mask }: AbsorbedParts, groups: number): Value {
  const { graph } = context;
  const sequences = graph.input(PLAN.groupSequences, 'int64', [groups]);
  const qs = split(graph, q, graph.input(PLAN.groupQueries(layer), 'int64', [groups]), groups);
  const xs = split(graph, x, sequences, groups);
  const masks = split(graph, mask, sequences, groups);
  const parts = qs.map((_, g) => absorbedGroup(context, layer, { q: qs[g], x: xs[g], mask: masks[g] }, g));
  return concat(graph, parts);
}

/** @returns [m, A, D] without the value's bias */
function absorbedGroup(
  context: BuildContext,
  layer: number,
  { q, x, mask }: AbsorbedParts,
  group: number | undefined,
): Value {
  const { graph, config } = context;
  const { hiddenSize: H, headSize: D } = config;
  const A = config.heads[layer - 1];
  const set = `layers.${config.layerWeights[layer - 1]}`;
  const suffix = group === undefined ? `${layer}` : `${layer}_${group}`;
  const queryPlaces = graph.input(PLAN.queries(layer, group), 'int64', [
    group === undefined ? 'B' : `B_${group}`,
    `AQ${suffix}`,
  ]);
  const answers = graph.input(PLAN.answers(layer, group), 'int64', [A, `m${suffix}`]);
  const keyHeads = graph.parameter(`${set}.key.weight`, [A, D, H]);
  const valueHeads = graph.parameter(`${set}.value.weight`, [A, D, H]);

  const folded = fusedMatMul(graph, q, keyHeads, { transBatchA: true }); // [A, m, H]
  const placed = gatherRows(graph, reshape(graph, folded, [-1, H]), queryPlaces, {
    kind: 'inverse',
    places: reshape(graph, answers, [-1]),
  }); // [B, A·Q, H]
  const scores = fusedMatMul(graph, placed, x, { transB: true, alpha: 1 / Math.sqrt(D) }); // [B, A·Q, S]
  const mixed = matMul(graph, attentionWeights(context, layer, scores, mask, group), x); // [B, A·Q, H]
  const picked = gatherRows(graph, reshape(graph, mixed, [-1, H]), answers, { kind: 'distinct' }); // [A, m, H]
  const values = fusedMatMul(graph, picked, valueHeads, { transB: true }); // [A, m, D]
  return transpose(graph, values, [1, 0, 2]); // [m, A, D]
}

/** [B·S, H] to [B, S, H] */
export function sequencesOf(context: BuildContext, padded: Value): Value {
  const { graph, config } = context;
  const mask = graph.input(PLAN.mask, 'float32', ['B', 1, 'S']);
  const batch = graph.add('Shape', [mask], { start: 0, end: 1 });
  const shape = graph.add('Concat', [batch, graph.integers([-1, config.hiddenSize])], { axis: 0 });
  return graph.add('Reshape', [padded, shape]);
}
