import type { WeightSource } from '@hashee/core';
import type { Graph, GraphNode } from '../graph/graph.js';
import type { StoredTensor } from '../session/weight-binding.js';

const WORDS = 'embeddings.word';
const INTEGERS = `${WORDS}.q8`;
const SCALES = `${WORDS}.scale`;

/**
 * The word table as it is stored where it is stored as integers; undefined where it isn't. Restoring it would be most of the work
 * of loading a small model, and a batch reads a few rows of it.
 */
export async function integerWordTable(weights: WeightSource): Promise<readonly StoredTensor[] | undefined> {
  const rows = await weights.readRows?.(WORDS);
  return (
    rows && [
      { name: INTEGERS, read: async () => rows.integers },
      { name: SCALES, read: async () => rows.scales },
    ]
  );
}

/** Makes a graph restore the rows it reads from the tensors of `integerWordTable`, to the same bits as `read` does. */
export function restoreRowsInGraph(graph: Graph): void {
  const nodes = graph.nodes.splice(0);
  for (const node of nodes) {
    const table = graph.parameters.get(node.inputs[0]);
    if (node.operator !== 'Gather' || table?.weight !== WORDS) {
      graph.nodes.push(node);
      continue;
    }
    const ids = node.inputs[1];
    graph.parameters.delete(node.inputs[0]);
    graph.parameters.set(INTEGERS, { weight: INTEGERS, shape: table.shape, type: 'int8' });
    graph.parameters.set(SCALES, { weight: SCALES, shape: [table.shape[0], 1], type: 'float32' });
    const integers = graph.add('Cast', [graph.add('Gather', [INTEGERS, ids], { axis: 0 })], { to: 1 });
    const scales = graph.add('Gather', [SCALES, ids], { axis: 0 });
    const product: GraphNode = {
      operator: 'Mul',
      domain: '',
      inputs: [integers, scales],
      outputs: node.outputs,
      attributes: {},
    };
    graph.nodes.push(product);
  }
}

/** True for tensors among which is the word table as integers. */
export function hasIntegerWords(tensors: ReadonlyMap<string, unknown>): boolean {
  return tensors.has(INTEGERS);
}

export function isWordTable(name: string): boolean {
  return name === WORDS;
}
