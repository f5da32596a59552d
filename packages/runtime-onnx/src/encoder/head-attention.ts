import type { HeadAttention, HeadConfig } from '@hashee/core';
import type { Graph, Value } from '../graph/graph.js';
import { add, fusedMatMul, gatherRows, linear, matMul, reshape, softmax, transpose } from '../graph/operators.js';
import { activation } from './activation.js';
import { type BuildContext, dropout, linearParameters } from './context.js';
import { PLAN } from './plan-names.js';

/**
 * A head's own attention over all tokens of a sequence (Liu et al., ACL 2020: `tanh`, multi-head attention, first token); the
 * first token is the only query, as nothing else is read.
 * @param states [T, H] in the order of the batch
 * @returns [B, U]
 */
export function headAttention(
  context: BuildContext,
  head: HeadConfig,
  { units: U, heads: A }: HeadAttention,
  states: Value,
): Value {
  const { graph, config } = context;
  const D = U / A;
  const part = (name: string, inputs: number, x: Value): Value => {
    const { weight, bias } = linearParameters(context, `heads.${head.name}.${name}`, U, inputs);
    return linear(graph, x, weight, bias);
  };
  const reduced = activation(graph, 'tanh', part('reduce', config.hiddenSize, states)); // [T, U]

  const mask = graph.input(PLAN.mask, 'float32', ['B', 1, 'S']);
  const pad = graph.input(PLAN.pad, 'int64', ['BS']);
  const unpad = graph.input(PLAN.unpad, 'int64', ['T']);
  const sequences = graph.add('Shape', [mask], { start: 0, end: 1 });
  const longest = graph.add('Shape', [mask], { start: 2, end: 3 });
  const byHead = graph.add('Concat', [sequences, graph.integers([-1, A, D])], { axis: 0 });
  const padded = (x: Value): Value => {
    const rows = gatherRows(graph, x, pad, { kind: 'inverse', places: unpad });
    return transpose(graph, graph.add('Reshape', [rows, byHead]), [0, 2, 1, 3]); // [B, A, S, D]
  };
  const k = padded(part('attention.key', U, reduced));
  const v = padded(part('attention.value', U, reduced));
  // Padded layouts have the sequences in the plan's order.
  const starts = everySo(graph, longest, graph.add('Shape', [pad])); // [B], in padded places
  const first = gatherRows(graph, reduced, graph.add('Gather', [pad, starts]), { kind: 'distinct' }); // [B, U]
  const q = reshape(graph, part('attention.query', U, first), [-1, A, 1, D]);

  const scores = fusedMatMul(graph, q, k, { transB: true, alpha: 1 / Math.sqrt(D) }); // [B, A, 1, S]
  const weights = softmax(graph, add(graph, scores, reshape(graph, mask, [0, 1, 1, -1])));
  const mixed = matMul(graph, dropout(context, weights, { kind: 'head-attention', head }), v); // [B, A, 1, D]
  const order = graph.add('Div', [graph.input(PLAN.firstPadded, 'int64', ['B']), longest]);
  const answers = gatherRows(graph, reshape(graph, mixed, [-1, U]), order, { kind: 'distinct' });
  return part('attention.output', U, answers);
}

/** 0, step, 2·step, ... below an end; both int64 [1]. */
function everySo(graph: Graph, step: Value, end: Value): Value {
  const scalar = (value: Value): Value => graph.add('Squeeze', [value]);
  return graph.add('Range', [scalar(graph.integers([0])), scalar(end), scalar(step)]);
}
