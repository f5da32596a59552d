import type { Graph, GraphNode, Value } from '../graph/graph.js';
import { Adjoints } from './adjoints.js';
import { gelu, identity, layerNorm, product, relu, softmax, sum, tanh, unknown } from './elementwise.js';
import { concatenated, divided, gathered, reshaped, scattered, transposed } from './movements.js';
import { batchedProduct, fusedProduct, gemm } from './products.js';
import type { Rule } from './rule.js';

const RULES: Readonly<Record<string, Rule>> = {
  Add: sum,
  Concat: concatenated,
  FusedMatMul: fusedProduct,
  Gather: gathered,
  Gelu: gelu,
  Gemm: gemm,
  Identity: identity,
  LayerNormalization: layerNorm,
  MatMul: batchedProduct,
  Mul: product,
  Relu: relu,
  Reshape: reshaped,
  ScatterND: scattered,
  Softmax: softmax,
  Split: divided,
  Tanh: tanh,
  Transpose: transposed,
};

/**
 * Reverse-mode differentiation: appends the backward pass to the graph.
 * @param seeds gradients of the loss with respect to some values of the graph
 * @param wanted values whose gradients are asked for
 * @returns gradient of each wanted value; those that the seeds don't depend on are missing
 * @throws HasheeError `UNSUPPORTED` for an operator without a rule
 */
export function differentiate(
  graph: Graph,
  seeds: ReadonlyMap<Value, Value>,
  wanted: readonly Value[],
): Map<Value, Value> {
  const forward = graph.nodes.slice();
  const dependent = new Set(wanted);
  for (const { inputs, outputs } of forward)
    if (inputs.some((input) => dependent.has(input))) for (const output of outputs) dependent.add(output);

  const adjoints = new Adjoints(graph);
  for (const [value, gradient] of seeds) adjoints.add(value, gradient);
  const results = new Map<Value, Value>();
  const asked = new Set(wanted);
  for (let index = forward.length - 1; index >= 0; index--) {
    const node = forward[index];
    const [output] = node.outputs;
    if (!dependent.has(output)) continue;
    const upstreams = node.outputs.map((value) => adjoints.take(value));
    if (upstreams.every((value) => value === undefined)) continue;
    const zeros = (value: Value): Value => graph.add('ConstantOfShape', [graph.add('Shape', [value])]);
    const upstream = upstreams[0] ?? zeros(output);
    if (asked.has(output)) {
      results.set(output, upstream);
      if (!node.inputs.some((input) => dependent.has(input))) continue;
    }
    const withOutputs = (count: number): readonly Value[] => {
      const outputs = [...node.outputs];
      while (outputs.length < count) outputs.push(graph.fresh(node.operator));
      graph.nodes[index] = { ...node, outputs } satisfies GraphNode;
      return outputs;
    };
    const rule = RULES[node.operator] ?? unknown;
    const all = (): Value[] => upstreams.map((value, i) => value ?? zeros(node.outputs[i]));
    rule({
      graph,
      node,
      upstream,
      upstreams: all,
      adjoints,
      needs: (input) => dependent.has(node.inputs[input]),
      withOutputs,
    });
  }
  for (const value of wanted) {
    const gradient = results.has(value) ? undefined : adjoints.take(value);
    if (gradient !== undefined) results.set(value, gradient);
  }
  return results;
}
