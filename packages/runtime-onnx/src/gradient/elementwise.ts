import { HasheeError } from '@hashee/core';
import type { Graph, Value } from '../graph/graph.js';
import { add, multiply } from '../graph/operators.js';
import type { Rule } from './rule.js';

/** Sum of two tensors of one shape, or of a tensor and a vector over its last axis (a bias). */
export const sum: Rule = ({ graph, node, upstream, adjoints, needs }) => {
  node.inputs.forEach((input, index) => {
    if (!needs(index)) return;
    const isVector = graph.parameters.get(input)?.shape.length === 1;
    adjoints.add(input, isVector ? graph.add('ReduceSum', [upstream, graph.integers([0])], { keepdims: 0 }) : upstream);
  });
};

/** Product of two tensors of one shape. */
export const product: Rule = ({ graph, node, upstream, adjoints, needs }) => {
  const [a, b] = node.inputs;
  if (needs(0)) adjoints.add(a, multiply(graph, upstream, b));
  if (needs(1)) adjoints.add(b, multiply(graph, upstream, a));
};

/** y = tanh x: 1 - y². */
export const tanh: Rule = ({ graph, node, upstream, adjoints }) => {
  const [y] = node.outputs;
  const slope = graph.add('Sub', [graph.float(1), multiply(graph, y, y)]);
  adjoints.add(node.inputs[0], multiply(graph, upstream, slope));
};

/** y = max(x, 0): 1 where y > 0. */
export const relu: Rule = ({ graph, node, upstream, adjoints }) => {
  const positive = graph.add('Greater', [node.outputs[0], graph.float(0)]);
  adjoints.add(node.inputs[0], graph.add('Where', [positive, upstream, graph.float(0)]));
};

/** y = softmax(x) over the last axis: (dY - Σ dY·y)·y. */
export const softmax: Rule = ({ graph, node, upstream, adjoints }) => {
  const [y] = node.outputs;
  const shared = graph.add('ReduceSum', [multiply(graph, upstream, y), graph.integers([-1])], { keepdims: 1 });
  adjoints.add(node.inputs[0], multiply(graph, graph.add('Sub', [upstream, shared]), y));
};

/** Exact: Φ(x) + x·φ(x). With `approximate: tanh`: the derivative of 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))). */
export const gelu: Rule = ({ graph, node, upstream, adjoints }) => {
  const x = node.inputs[0];
  const slope = node.attributes['approximate'] === 'tanh' ? geluTanhSlope(graph, x) : geluSlope(graph, x);
  adjoints.add(x, multiply(graph, upstream, slope));
};

function scaled(graph: Graph, x: Value, factor: number): Value {
  return multiply(graph, x, graph.float(factor));
}

function geluSlope(graph: Graph, x: Value): Value {
  const z = scaled(graph, x, Math.SQRT1_2);
  const cumulative = scaled(graph, add(graph, graph.add('Erf', [z]), graph.float(1)), 0.5);
  const bell = graph.add('Exp', [graph.add('Neg', [multiply(graph, z, z)])]);
  return add(graph, cumulative, multiply(graph, scaled(graph, x, 1 / Math.sqrt(2 * Math.PI)), bell));
}

function geluTanhSlope(graph: Graph, x: Value): Value {
  const c = Math.sqrt(2 / Math.PI);
  const square = multiply(graph, x, x);
  const inner = multiply(graph, x, add(graph, scaled(graph, square, c * 0.044715), graph.float(c)));
  const t = graph.add('Tanh', [inner]);
  const innerSlope = add(graph, scaled(graph, square, 3 * c * 0.044715), graph.float(c));
  const tSlope = graph.add('Sub', [graph.float(1), multiply(graph, t, t)]);
  const left = scaled(graph, add(graph, t, graph.float(1)), 0.5);
  return add(graph, left, multiply(graph, scaled(graph, x, 0.5), multiply(graph, tSlope, innerSlope)));
}

/**
 * y = γ·x̂ + β, x̂ = (x - mean)·r over the last axis, r = 1/deviation. With g = dY·γ:
 * dX = r·(g - mean(g) - x̂·mean(g·x̂)), dγ = Σ dY·x̂, dβ = Σ dY over the rows.
 */
export const layerNorm: Rule = ({ graph, node, upstream, adjoints, needs, withOutputs }) => {
  const [x, weight, bias] = node.inputs;
  const [, mean, inverseDeviation] = withOutputs(3);
  const normal = multiply(graph, graph.add('Sub', [x, mean]), inverseDeviation);
  const overRows = (value: Value): Value => graph.add('ReduceSum', [value, graph.integers([0])], { keepdims: 0 });
  const weighted = multiply(graph, upstream, normal);
  if (needs(1)) adjoints.add(weight, overRows(weighted));
  if (needs(2)) adjoints.add(bias, overRows(upstream));
  if (!needs(0)) return;
  const meanOf = (value: Value): Value => graph.add('ReduceMean', [value, graph.integers([-1])], { keepdims: 1 });
  const g = multiply(graph, upstream, weight);
  const along = multiply(graph, normal, meanOf(multiply(graph, g, normal)));
  const centred = graph.add('Sub', [graph.add('Sub', [g, meanOf(g)]), along]);
  adjoints.add(x, multiply(graph, centred, inverseDeviation));
};

export const identity: Rule = ({ graph, node, upstream, adjoints }) => {
  const { gradientScale = 1 } = node;
  adjoints.add(node.inputs[0], gradientScale === 1 ? upstream : multiply(graph, upstream, graph.float(gradientScale)));
};

export const unknown: Rule = ({ node }) => {
  throw new HasheeError('UNSUPPORTED', `The gradient of ${node.operator} is not known.`, {
    fields: { operator: node.operator },
  });
};
