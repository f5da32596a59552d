import type { Graph, Value } from '../graph/graph.js';

/** A weight that is seen in several shapes is stored in the first and reshaped to the others. */
export function singleViews(graph: Graph): void {
  const stored = new Map<string, Value>();
  const reshaped: { readonly view: Value; readonly from: Value; readonly shape: readonly number[] }[] = [];
  for (const [view, { weight, shape }] of graph.parameters) {
    const from = stored.get(weight);
    if (from === undefined) stored.set(weight, view);
    else reshaped.push({ view, from, shape });
  }
  for (const { view, from, shape } of reshaped) {
    graph.parameters.delete(view);
    graph.nodes.unshift({
      operator: 'Reshape',
      domain: '',
      inputs: [from, graph.integers(shape)],
      outputs: [view],
      attributes: {},
    });
  }
}
