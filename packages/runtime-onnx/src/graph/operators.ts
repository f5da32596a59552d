import type { GatherHint, Graph, Value } from './graph.js';

/** Y[m, n] = X[m, k]·W[n, k]ᵀ + b: a linear map with the weight as PyTorch stores it. */
export function linear(graph: Graph, x: Value, weight: Value, bias: Value): Value {
  return graph.add('Gemm', [x, weight, bias], { transB: 1 });
}

export function matMul(graph: Graph, a: Value, b: Value): Value {
  return graph.add('MatMul', [a, b]);
}

/**
 * alpha·A·B with optional transposition of the last two axes; `transBatchA` takes A as [m, batch..., k] instead of
 * [batch..., m, k], without moving it, and so does `transBatchB` for B.
 */
export function fusedMatMul(
  graph: Graph,
  a: Value,
  b: Value,
  options: {
    readonly transA?: boolean;
    readonly transB?: boolean;
    readonly transBatchA?: boolean;
    readonly transBatchB?: boolean;
    readonly alpha?: number;
  },
): Value {
  return graph.add(
    'FusedMatMul',
    [a, b],
    {
      transA: options.transA ? 1 : 0,
      transB: options.transB ? 1 : 0,
      transBatchA: options.transBatchA ? 1 : 0,
      ...(options.transBatchB ? { transBatchB: 1 } : {}),
      alpha: { float: options.alpha ?? 1 },
    },
    'com.microsoft',
  );
}

/** Rows of `data` (axis 0) at `indices`, which may have any shape. A gradient needs the hint. */
export function gatherRows(graph: Graph, data: Value, indices: Value, gather?: GatherHint): Value {
  const output = graph.fresh('Gather');
  graph.nodes.push({
    operator: 'Gather',
    domain: '',
    inputs: [data, indices],
    outputs: [output],
    attributes: { axis: 0 },
    gather,
  });
  return output;
}

/** The value itself, whose gradient is multiplied by `scale`. */
export function scaleGradient(graph: Graph, x: Value, scale: number): Value {
  const output = graph.fresh('Identity');
  graph.nodes.push({
    operator: 'Identity',
    domain: '',
    inputs: [x],
    outputs: [output],
    attributes: {},
    gradientScale: scale,
  });
  return output;
}

/** `data` with rows `indices` [n, 1] replaced by `rows`. */
export function scatterRows(graph: Graph, data: Value, indices: Value, rows: Value): Value {
  return graph.add('ScatterND', [data, indices, rows]);
}

/** 0 keeps a size, -1 infers one. */
export function reshape(graph: Graph, x: Value, shape: readonly number[]): Value {
  return graph.add('Reshape', [x, graph.integers(shape)]);
}

export function transpose(graph: Graph, x: Value, permutation: readonly number[]): Value {
  return graph.add('Transpose', [x], { perm: permutation });
}

/** `parts` stretches along an axis; `sizes` is int64 [parts]. */
export function split(graph: Graph, x: Value, sizes: Value, parts: number, axis = 0): Value[] {
  return graph.addMany('Split', [x, sizes], parts, { axis });
}

export function concat(graph: Graph, parts: readonly Value[], axis = 0): Value {
  return graph.add('Concat', parts, { axis });
}

export function add(graph: Graph, a: Value, b: Value): Value {
  return graph.add('Add', [a, b]);
}

export function multiply(graph: Graph, a: Value, b: Value): Value {
  return graph.add('Mul', [a, b]);
}

/** Over the last axis. */
export function softmax(graph: Graph, x: Value): Value {
  return graph.add('Softmax', [x], { axis: -1 });
}

/** The same, and 1 / √(variance + epsilon) of each row, [..., 1]. */
export function layerNormWithDeviation(
  graph: Graph,
  x: Value,
  weight: Value,
  bias: Value,
  epsilon: number,
): { readonly normalized: Value; readonly inverseDeviation: Value } {
  const attributes = { axis: -1, epsilon: { float: epsilon } };
  const [normalized, , inverseDeviation] = graph.addMany('LayerNormalization', [x, weight, bias], 3, attributes);
  return { normalized, inverseDeviation };
}

/** Over the last axis. */
export function layerNorm(graph: Graph, x: Value, weight: Value, bias: Value, epsilon: number): Value {
  return graph.addMany('LayerNormalization', [x, weight, bias], 1, { axis: -1, epsilon: { float: epsilon } })[0];
}
