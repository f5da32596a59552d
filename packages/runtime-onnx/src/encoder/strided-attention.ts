import type { Value } from '../graph/graph.js';
import { add, concat, fusedMatMul, gatherRows, linear, matMul, reshape, softmax } from '../graph/operators.js';
import { sequencesOf } from './attention.js';
import { type BuildContext, linearParameters } from './context.js';
import { PLAN } from './plan-names.js';

/**
 * Absorbed attention that moves no row as wide as the states. Queries are put in their places while they are A·D wide, the q-th
 * of all sequences of a group side by side, so that folding gives `[A, Q·B, H]`, which the next product reads as `[A·Q, B, H]`
 * by a stride. The attention weights, S wide, are turned from heads of queries to queries of heads, so that the values
 * are read by a stride too. Free places are computed like others, so groups should be of like numbers of queries.
 * For inference only: the gradients of these products aren't written.
 * @param queries [m, H]
 * @param padded [B·S, H], the states of all tokens
 * @returns [m, A·D]
 */
export function stridedAttention(
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
  const { weight, bias } = linearParameters(context, `${set}.query`, A * D, H);
  const q = linear(graph, queries, weight, bias); // [m, A·D]
  const x = sequencesOf(context, padded); // [B, S, H]
  const mask = graph.input(PLAN.mask, 'float32', ['B', 1, 'S']);
  const parts = Array.from({ length: groups }, (_, g) => {
    if (groups === 1) return stridedGroup(context, layer, { q, x, mask }, g);
    const sequences = graph.input(PLAN.groupOf(layer, g), 'int64', [`B${layer}_${g}`]);
    const own = { x: gatherRows(graph, x, sequences), mask: gatherRows(graph, mask, sequences) };
    return stridedGroup(context, layer, { q, ...own }, g);
  });
  const values = groups === 1 ? parts[0] : concat(graph, parts, 1); // [A, places, D]
  const answers = graph.input(PLAN.answers(layer), 'int64', [`m${layer}`, A]);
  const picked = gatherRows(graph, reshape(graph, values, [-1, D]), answers); // [m, A, D]
  return add(graph, reshape(graph, picked, [-1, A * D]), graph.parameter(`${set}.value.bias`, [A * D]));
}

/** @returns [A, B·Q, D] without the value's bias */
function stridedGroup(
  context: BuildContext,
  layer: number,
  { q, x, mask }: { readonly q: Value; readonly x: Value; readonly mask: Value },
  group: number,
): Value {
  const { graph, config } = context;
  const { hiddenSize: H, headSize: D } = config;
  const A = config.heads[layer - 1];
  const set = `layers.${config.layerWeights[layer - 1]}`;
  const places = graph.input(PLAN.placedQueries(layer, group), 'int64', [`QB${layer}_${group}`]);
  const turned = graph.input(PLAN.turned(layer, group), 'int64', [`QA${layer}_${group}`]);
  const keyHeads = graph.parameter(`${set}.key.weight`, [A, D, H]);
  const valueHeads = graph.parameter(`${set}.value.weight`, [A, D, H]);

  const placed = reshape(graph, gatherRows(graph, q, places), [-1, A, D]); // [Q·B, A, D]
  const folded = fusedMatMul(graph, placed, keyHeads, { transBatchA: true }); // [A, Q·B, H]
  const shape = graph.input(PLAN.foldedShape(layer, group), 'int64', [3]);
  const byQuery = graph.add('Reshape', [folded, shape]); // [A·Q, B, H]
  const scores = fusedMatMul(graph, byQuery, x, { transBatchA: true, transB: true, alpha: 1 / Math.sqrt(D) });
  const weights = softmax(graph, add(graph, scores, mask)); // [B, A·Q, S]
  const byHead = graph.add('Gather', [weights, turned], { axis: 1 }); // [B, Q·A, S]
  const mixed = reshape(graph, matMul(graph, byHead, x), [-1, A, H]); // [B·Q, A, H]
  return fusedMatMul(graph, mixed, valueHeads, { transBatchA: true, transB: true }); // [A, B·Q, D]
}
