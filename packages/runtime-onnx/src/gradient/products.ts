import { HasheeError } from '@hashee/core';
import { fusedMatMul, matMul, transpose } from '../graph/operators.js';
import { float, integer, type Rule } from './rule.js';

/** Y = X·Wᵀ + b (Gemm, transB = 1): dX = dY·W, dW = dYᵀ·X, db = Σ dY. */
export const gemm: Rule = ({ graph, node, upstream, adjoints, needs }) => {
  const [x, weight, bias] = node.inputs;
  if (integer(node, 'transB') !== 1 || integer(node, 'transA') !== 0)
    throw new HasheeError('UNSUPPORTED', 'The gradient of Gemm is known for transA = 0, transB = 1 only.');
  if (needs(0)) adjoints.add(x, graph.add('Gemm', [upstream, weight]));
  if (needs(1)) adjoints.add(weight, graph.add('Gemm', [upstream, x], { transA: 1 }));
  if (needs(2)) adjoints.add(bias, graph.add('ReduceSum', [upstream, graph.integers([0])], { keepdims: 0 }));
};

/** C = A·B in each matrix of the batch: dA = dC·Bᵀ, dB = Aᵀ·dC. */
export const batchedProduct: Rule = ({ graph, node, upstream, adjoints, needs }) => {
  const [a, b] = node.inputs;
  if (needs(0)) adjoints.add(a, fusedMatMul(graph, upstream, b, { transB: true }));
  if (needs(1)) adjoints.add(b, fusedMatMul(graph, a, upstream, { transA: true }));
};

/**
 * C = α·A·B, C = α·A·Bᵀ (transB), or C[h] = α·A[:, h]·B[h] with A as [m, A, k] (transBatchA).
 */
export const fusedProduct: Rule = ({ graph, node, upstream, adjoints, needs }) => {
  const [a, b] = node.inputs;
  const alpha = float(node, 'alpha', 1);
  const transB = integer(node, 'transB') === 1;
  if (integer(node, 'transA') === 1)
    throw new HasheeError('UNSUPPORTED', 'The gradient of FusedMatMul is known for transA = 0 only.');
  if (integer(node, 'transBatchA') === 1) {
    if (transB) throw new HasheeError('UNSUPPORTED', 'FusedMatMul: transBatchA goes without transB.');
    if (needs(0))
      adjoints.add(a, transpose(graph, fusedMatMul(graph, upstream, b, { transB: true, alpha }), [1, 0, 2]));
    if (needs(1))
      adjoints.add(b, fusedMatMul(graph, transpose(graph, a, [1, 0, 2]), upstream, { transA: true, alpha }));
    return;
  }
  if (transB) {
    const bothPlain = alpha === 1;
    if (needs(0)) adjoints.add(a, bothPlain ? matMul(graph, upstream, b) : fusedMatMul(graph, upstream, b, { alpha }));
    if (needs(1)) adjoints.add(b, fusedMatMul(graph, upstream, a, { transA: true, alpha }));
    return;
  }
  if (needs(0)) adjoints.add(a, fusedMatMul(graph, upstream, b, { transB: true, alpha }));
  if (needs(1)) adjoints.add(b, fusedMatMul(graph, a, upstream, { transA: true, alpha }));
};
