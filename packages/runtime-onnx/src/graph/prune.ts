import type { Graph, Value } from './graph.js';

/** Takes away what no output depends on. Inputs stay. */
export function prune(graph: Graph): void {
  const needed = new Set<Value>();
  pruneNodes(graph, needed);
  for (const values of [graph.constants, graph.parameters])
    for (const name of values.keys()) if (!needed.has(name)) values.delete(name);
}

function pruneNodes(graph: Graph, needed: Set<Value>): void {
  for (const { value } of graph.outputs.values()) needed.add(value);
  const kept = [...graph.nodes].reverse().filter(({ inputs, outputs, branches }) => {
    if (!outputs.some((output) => needed.has(output))) return false;
    for (const input of inputs) needed.add(input);
    for (const branch of branches ?? []) pruneNodes(branch, needed);
    return true;
  });
  graph.nodes.splice(0, graph.nodes.length, ...kept.reverse());
}
