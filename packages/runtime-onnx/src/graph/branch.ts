import { Graph, type GraphInput, type Value } from './graph.js';

/** A graph within another, whose values it sees: one side of an If. */
export class Branch extends Graph {
  readonly #around: Graph;

  constructor(around: Graph) {
    super(around);
    this.#around = around;
  }

  override fresh(hint: string): Value {
    return this.#around.fresh(hint);
  }

  override input(name: string, type: GraphInput['type'], shape: GraphInput['shape']): Value {
    return this.#around.input(name, type, shape);
  }
}

/**
 * Computes one of two branches.
 * @param condition bool with a single element
 * @param whereTrue fills a branch and returns its results; each is computed by a node of the branch
 * @param whereFalse the same, with as many results
 */
export function choose(
  graph: Graph,
  condition: Value,
  whereTrue: (branch: Graph) => readonly Value[],
  whereFalse: (branch: Graph) => readonly Value[],
): Value[] {
  const fill = (build: (branch: Graph) => readonly Value[]): Branch => {
    const branch = new Branch(graph);
    for (const value of build(branch)) branch.output(value, value);
    return branch;
  };
  const branches = [fill(whereTrue), fill(whereFalse)] as const;
  const outputs = Array.from(branches[0].outputs, () => graph.fresh('If'));
  graph.nodes.push({ operator: 'If', domain: '', inputs: [condition], outputs, attributes: {}, branches });
  return outputs;
}
