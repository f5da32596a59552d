import { HasheeError } from '@hashee/core';
import type { Graph, GraphNode, Value } from '../graph/graph.js';

const LIKE_WIDEST = new Set(['Add', 'Mul', 'Where']);
const LIKE_FIRST = new Set([
  'Softmax',
  'LayerNormalization',
  'Gelu',
  'Relu',
  'Tanh',
  'Transpose',
  'ScatterND',
  'Concat',
  'Identity',
]);

/** Number of axes of values in a graph, worked out from the nodes that make them. */
export class Ranks {
  readonly #graph: Graph;
  readonly #makers: ReadonlyMap<Value, GraphNode>;
  readonly #known: Map<Value, number>;

  /** @param known ranks of values whose makers needn't be asked */
  constructor(graph: Graph, known: ReadonlyMap<Value, number>) {
    this.#graph = graph;
    this.#known = new Map(known);
    this.#makers = makersOf(graph);
  }

  /** @throws HasheeError `UNSUPPORTED` for a value whose number of axes can't be told */
  of(value: Value): number {
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const rank = this.#find(value);
    this.#known.set(value, rank);
    return rank;
  }

  #find(value: Value): number {
    const stored =
      this.#graph.constants.get(value) ?? this.#graph.parameters.get(value) ?? this.#graph.inputs.get(value);
    if (stored) return stored.shape.length;
    const node = this.#makers.get(value);
    const operator = node?.operator ?? '';
    const [first, second] = node?.inputs ?? [];
    if (LIKE_WIDEST.has(operator)) return Math.max(...node!.inputs.map((input) => this.of(input)));
    if (LIKE_FIRST.has(operator)) return this.of(first);
    if (operator === 'Gemm') return 2;
    if (operator === 'MatMul' || operator === 'FusedMatMul') return Math.max(this.of(first), this.of(second));
    if (operator === 'Gather') return this.of(first) + this.of(second) - 1;
    if (operator === 'Unsqueeze') return this.of(first) + this.#length(second);
    if (operator === 'Reshape') return this.#length(second);
    throw new HasheeError('UNSUPPORTED', `The number of axes of ${value} (${operator}) can't be told.`, {
      fields: { value, operator },
    });
  }

  /** Elements of a list of sizes. */
  #length(value: Value): number {
    const constant = this.#graph.constants.get(value);
    if (constant) return constant.shape[0];
    const node = this.#makers.get(value);
    if (node?.operator === 'Concat') return node.inputs.reduce((sum, input) => sum + this.#length(input), 0);
    if (node?.operator === 'Shape') {
      const { start, end } = node.attributes;
      if (typeof start === 'number' && typeof end === 'number') return end - start;
    }
    throw new HasheeError('UNSUPPORTED', `The length of ${value} can't be told.`, { fields: { value } });
  }
}

function makersOf({ nodes }: Graph): Map<Value, GraphNode> {
  return new Map(
    nodes.flatMap((node) => [
      ...node.outputs.map((output) => [output, node] as const),
      ...(node.branches ?? []).flatMap((branch) => [...makersOf(branch)]),
    ]),
  );
}
