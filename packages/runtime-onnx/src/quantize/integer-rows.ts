import { type WeightSource, WORD_TABLE } from '@hashee/core';
import type { Graph, GraphNode, Value } from '../graph/graph.js';
import { multiply } from '../graph/operators.js';
import type { StoredTensor } from '../session/weight-binding.js';

/** Names under which the two parts of a tensor are bound. */
export const ROWS = {
  integers: (weight: string): string => `${weight}.q8`,
  scales: (weight: string): string => `${weight}.scale`,
} as const;

/**
 * The word table as it is stored where it is stored as integers; undefined where it isn't. Restoring it would be most of the work
 * of loading a small model, and a batch reads a few rows of it.
 */
export async function integerWordTable(weights: WeightSource): Promise<readonly StoredTensor[] | undefined> {
  const rows = await weights.readRows?.(WORD_TABLE);
  return (
    rows && [
      { name: ROWS.integers(WORD_TABLE), read: async () => rows.integers },
      { name: ROWS.scales(WORD_TABLE), read: async () => rows.scales },
    ]
  );
}

/**
 * Makes a graph restore the tensors that are bound as integers, to the same bits as `read` does. Of the word table it restores
 * the rows it reads; ONNX Runtime restores the others once, when it compiles the graph.
 * @param isBound whether a name is among the bound tensors
 */
export function restoreRowsInGraph(graph: Graph, isBound: (name: string) => boolean): void {
  const parts = new Map<Value, Parts>();
  for (const [value, { weight, shape }] of [...graph.parameters]) {
    if (!isBound(ROWS.integers(weight))) continue;
    graph.parameters.delete(value);
    parts.set(value, bindParts(graph, weight, shape));
  }
  if (parts.size === 0) return;
  const whole = new Map<Value, Value>();
  const restore = (value: Value): Value => {
    const stored = parts.get(value);
    if (!stored) return value;
    const made = whole.get(value) ?? multiply(graph, graph.add('Cast', [stored.integers], { to: 1 }), stored.scales);
    whole.set(value, made);
    return made;
  };
  for (const node of graph.nodes.splice(0)) {
    const table = parts.get(node.inputs[0]);
    if (node.operator === 'Gather' && table?.weight === WORD_TABLE) lookUp(graph, node, table);
    else graph.nodes.push({ ...node, inputs: node.inputs.map(restore) });
  }
}

interface Parts {
  readonly weight: string;
  readonly integers: Value;
  readonly scales: Value;
}

/** @param shape any view that keeps the columns */
function bindParts(graph: Graph, weight: string, shape: readonly number[]): Parts {
  const bind = (name: string, type: 'int8' | 'float32', dims: readonly number[]): Value => {
    const value = `${name}[${dims.join(',')}]`;
    graph.parameters.set(value, { weight: name, shape: dims, type });
    return value;
  };
  return {
    weight,
    integers: bind(ROWS.integers(weight), 'int8', shape),
    scales: bind(ROWS.scales(weight), 'float32', [...shape.slice(0, -1), 1]),
  };
}

function lookUp(graph: Graph, { inputs: [, ids], outputs }: GraphNode, { integers, scales }: Parts): void {
  const rows = graph.add('Cast', [graph.add('Gather', [integers, ids], { axis: 0 })], { to: 1 });
  const factors = graph.add('Gather', [scales, ids], { axis: 0 });
  graph.nodes.push({ operator: 'Mul', domain: '', inputs: [rows, factors], outputs, attributes: {} });
}

export function isWordTable(name: string): boolean {
  return name === WORD_TABLE;
}
