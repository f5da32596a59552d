import type { Value } from '../graph/graph.js';
import {
  add,
  concat,
  fusedMatMul,
  gatherRows,
  linear,
  matMul,
  multiply,
  reshape,
  softmax,
  split,
  transpose,
} from '../graph/operators.js';
import { type BuildContext, linearParameters } from './context.js';
import { LONG } from './long-names.js';
import { type Projection, TABLES } from './looked-up-attention.js';
import { PLAN } from './plan-names.js';

function lengthsOf({ graph }: BuildContext): Value {
  return graph.input(LONG.lengths, 'int64', ['G']);
}

function countsOf({ graph }: BuildContext, layer: number): Value {
  return graph.input(LONG.counts(layer), 'int64', ['G']);
}

/** Every token of a sequence looks at all of it: q, k, v [n, A·D] to [n, A·D]. The operator keeps a tile of the scores at a time. */
function wholeAttention({ graph }: BuildContext, heads: number, qkv: readonly Value[]): Value {
  const inputs = qkv.map((x) => graph.add('Unsqueeze', [x, graph.integers([0])]));
  const mixed = graph.add('MultiHeadAttention', inputs, { num_heads: heads }, 'com.microsoft'); // [1, n, A·D]
  return graph.add('Squeeze', [mixed, graph.integers([0])]);
}

/**
 * As `projectedAttention`, one sequence after the other.
 * @param queries [m, H]
 * @param keys [T, H]
 * @param all every token is a query
 * @returns [m, A·D]
 */
export function projectedApart(
  context: BuildContext,
  layer: number,
  queries: Value,
  keys: Value,
  all: boolean,
  sequences: number,
): Value {
  const { graph, config } = context;
  const { hiddenSize: H, headSize: D } = config;
  const A = config.heads[layer - 1];
  const set = `layers.${config.layerWeights[layer - 1]}`;
  const parts = (x: Value, part: Projection, sizes: Value): Value[] => {
    const { weight, bias } = linearParameters(context, `${set}.${part}`, A * D, H);
    return split(graph, linear(graph, x, weight, bias), sizes, sequences);
  };
  const qs = parts(queries, 'query', all ? lengthsOf(context) : countsOf(context, layer)); // [m, A·D]
  const ks = parts(keys, 'key', lengthsOf(context)); // [n, A·D]
  const vs = parts(keys, 'value', lengthsOf(context)); // [n, A·D]
  const mixed = qs.map((q, g) => {
    if (all) return wholeAttention(context, A, [q, ks[g], vs[g]]);
    const [query, key, value] = [q, ks[g], vs[g]].map((x) => reshape(graph, x, [-1, A, D]));
    const apart = { transBatchA: true, transBatchB: true, transB: true, alpha: 1 / Math.sqrt(D) };
    const weights = softmax(graph, fusedMatMul(graph, query, key, apart)); // [A, m, n]
    const heads = fusedMatMul(graph, weights, value, { transBatchB: true }); // [A, m, D]
    return reshape(graph, transpose(graph, heads, [1, 0, 2]), [-1, A * D]);
  });
  return concat(graph, mixed);
}

/**
 * As `absorbedAttention`, one sequence after the other: the key matrix is folded into all queries at once, and the value matrix
 * applied to all answers at once.
 * @param queries [m, H]
 * @param xs [n, H], the states of each sequence
 * @returns [m, A·D]
 */
export function absorbedApart(context: BuildContext, layer: number, queries: Value, xs: readonly Value[]): Value {
  const { graph, config } = context;
  const { hiddenSize: H, headSize: D } = config;
  const A = config.heads[layer - 1];
  const set = `layers.${config.layerWeights[layer - 1]}`;
  const query = linearParameters(context, `${set}.query`, A * D, H);
  const q = reshape(graph, linear(graph, queries, query.weight, query.bias), [-1, A, D]); // [m, A, D]
  const keyHeads = graph.parameter(`${set}.key.weight`, [A, D, H]);
  const valueHeads = graph.parameter(`${set}.value.weight`, [A, D, H]);
  const folded = fusedMatMul(graph, q, keyHeads, { transBatchA: true }); // [A, m, H]
  const alpha = 1 / Math.sqrt(D);
  const mixed = split(graph, folded, countsOf(context, layer), xs.length, 1).map((part, g) => {
    const rows = reshape(graph, part, [-1, H]); // [A·m, H]
    const weights = softmax(graph, fusedMatMul(graph, rows, xs[g], { transB: true, alpha })); // [A·m, n]
    return reshape(graph, matMul(graph, weights, xs[g]), [A, -1, H]); // [A, m, H]
  });
  const values = fusedMatMul(graph, concat(graph, mixed, 1), valueHeads, { transB: true }); // [A, m, D]
  const joined = reshape(graph, transpose(graph, values, [1, 0, 2]), [-1, A * D]);
  return add(graph, joined, graph.parameter(`${set}.value.bias`, [A * D]));
}

/**
 * As `lookedUpAttention`, one sequence after the other.
 * @param inverseDeviation 1/σ, [T, 1]
 * @returns [T, A·D]
 */
export function lookedUpApart(context: BuildContext, inverseDeviation: Value, sequences: number): Value {
  const { graph, config } = context;
  const width = config.heads[0] * config.headSize;
  const parts = (x: Value): Value[] => split(graph, x, lengthsOf(context), sequences);
  const slots = parts(graph.input(LONG.slots, 'int64', ['T']));
  const positions = parts(graph.input(PLAN.positionIds, 'int64', ['T']));
  const factors = parts(inverseDeviation);
  const bias = (projection: 'query' | 'value'): Value => graph.input(TABLES.bias(projection), 'float32', [1, width]);
  const table = (name: string): Value => graph.input(name, 'float32', ['rows', width]);
  const mixed = slots.map((_, g) => {
    const projected = (projection: Projection): Value => {
      const word = gatherRows(graph, table(TABLES.words(projection)), slots[g]);
      const position = gatherRows(graph, table(TABLES.positions(projection)), positions[g]);
      return multiply(graph, add(graph, word, position), factors[g]); // [n, A·D]
    };
    const q = add(graph, projected('query'), bias('query'));
    return wholeAttention(context, config.heads[0], [q, projected('key'), projected('value')]);
  });
  return add(graph, concat(graph, mixed), bias('value'));
}
