import type { Graph, Value } from './graph.js';

/** Takes away what no output depends on. Inputs stay. */
export function prune(graph: Graph): void {
  const needed = new Set<Value>([...graph.outputs.values()].map(({ value }) => value));
  const kept = [...graph.nodes].reverse().filter((node) => {
    if (!node.outputs.some((output) => needed.has(output))) return false;
    for (const input of node.inputs) needed.add(input);
    return true;
  });
  graph.nodes.splice(0, graph.nodes.length, ...kept.reverse());
  for (const values of [graph.constants, graph.parameters])
    for (const name of values.keys()) if (!needed.has(name)) values.delete(name);
}
