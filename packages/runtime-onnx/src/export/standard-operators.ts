import { HasheeError } from '@hashee/core';
import type { Graph, GraphNode, Value } from '../graph/graph.js';
import type { PlannedGraph } from './planned-graph.js';
import { Ranks } from './ranks.js';

/** Rewrites what only ONNX Runtime, or only newer opsets, have into standard operators; runtimes put the pieces together again. */
export function toStandardOperators(graph: PlannedGraph, opset: number, keepContrib: boolean): void {
  rewrite(graph, new Ranks(graph, graph.ranks), opset, keepContrib);
}

function rewrite(graph: Graph, ranks: Ranks, opset: number, keepContrib: boolean): void {
  const nodes = graph.nodes.splice(0);
  for (const node of nodes) {
    const [output] = node.outputs;
    const { branches } = node;
    for (const branch of branches ?? []) rewrite(branch, ranks, opset, keepContrib);
    if (node.operator === 'Gelu' && !(node.domain === 'com.microsoft' && keepContrib)) {
      const tanh = node.attributes['approximate'] === 'tanh';
      if (opset >= 20) graph.nodes.push({ ...node, domain: '' });
      else alias(graph, output, tanh ? geluTanh(graph, node.inputs[0]) : gelu(graph, node.inputs[0]));
    } else if (node.domain === '' || keepContrib) graph.nodes.push(node);
    else if (node.operator === 'FusedMatMul') alias(graph, output, fusedMatMul(graph, node, ranks));
    else
      throw new HasheeError(
        'UNSUPPORTED',
        `The operator ${node.operator} has no standard form. Export with the target onnxruntime.`,
        {
          fields: { operator: node.operator },
        },
      );
  }
}

/** Lets the last node write the wanted value. */
function alias(graph: Graph, wanted: Value, made: Value): void {
  const last = graph.nodes[graph.nodes.length - 1];
  graph.nodes[graph.nodes.length - 1] = {
    ...last,
    outputs: last.outputs.map((name) => (name === made ? wanted : name)),
  };
}

/** x · (1 + erf(x / √2)) / 2, in the order that runtimes recognise. */
function gelu(graph: Graph, x: Value): Value {
  const erf = graph.add('Erf', [graph.add('Div', [x, graph.float(Math.SQRT2)])]);
  return graph.add('Mul', [graph.add('Mul', [x, graph.add('Add', [erf, graph.float(1)])]), graph.float(0.5)]);
}

/** x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2 */
function geluTanh(graph: Graph, x: Value): Value {
  const cube = graph.add('Mul', [graph.add('Mul', [x, x]), x]);
  const sum = graph.add('Add', [x, graph.add('Mul', [cube, graph.float(0.044715)])]);
  const tanh = graph.add('Tanh', [graph.add('Mul', [sum, graph.float(Math.sqrt(2 / Math.PI))])]);
  return graph.add('Mul', [graph.add('Mul', [x, graph.add('Add', [tanh, graph.float(1)])]), graph.float(0.5)]);
}

function fusedMatMul(graph: Graph, { inputs, attributes }: GraphNode, ranks: Ranks): Value {
  let [a, b] = inputs;
  const [rankA, rankB] = [ranks.of(a), ranks.of(b)];
  const { alpha } = attributes;
  if (typeof alpha === 'object' && 'float' in alpha && alpha.float !== 1)
    a = graph.add('Mul', [a, graph.float(alpha.float)]);
  const swap = (x: Value, rank: number): Value => {
    const axes = Array.from({ length: rank }, (_, axis) => axis);
    return graph.add('Transpose', [x], { perm: [...axes.slice(0, -2), rank - 1, rank - 2] });
  };
  if (attributes['transBatchA'] === 1) a = graph.add('Transpose', [a], { perm: [1, 0, 2] });
  if (attributes['transA'] === 1) a = swap(a, rankA);
  if (attributes['transB'] === 1) b = swap(b, rankB);
  return graph.add('MatMul', [a, b]);
}
