import type { Graph, Value } from '../graph/graph.js';
import { reshape } from '../graph/operators.js';

/** A gradient that is zero but for some rows: `rows` go to places `places` [n, 1] of axis 0. */
interface RowContribution {
  readonly places: Value;
  readonly rows: Value;
}

/** Gradients on their way down, by the value they belong to: contributions of all consumers are added up when they are read. */
export class Adjoints {
  readonly #graph: Graph;
  readonly #dense = new Map<Value, Value>();
  readonly #rows = new Map<Value, RowContribution[]>();

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  add(value: Value, gradient: Value): void {
    const before = this.#dense.get(value);
    this.#dense.set(value, before === undefined ? gradient : this.#graph.add('Add', [before, gradient]));
  }

  /** Adds `rows` [n, ...] at the distinct `places` (int64, any shape with n entries) of the value's first axis. */
  addRows(value: Value, places: Value, rows: Value): void {
    const contributions = this.#rows.get(value) ?? [];
    contributions.push({ places: reshape(this.#graph, places, [-1, 1]), rows });
    this.#rows.set(value, contributions);
  }

  /** The gradient of a value as one tensor, or undefined where nothing depends on it. Later contributions start anew. */
  take(value: Value): Value | undefined {
    let total = this.#dense.get(value);
    for (const { places, rows } of this.#rows.get(value) ?? []) {
      const reduction = total === undefined ? 'none' : 'add';
      total ??= this.#graph.add('ConstantOfShape', [this.#graph.add('Shape', [value])]);
      total = this.#graph.add('ScatterND', [total, places, rows], { reduction });
    }
    this.#dense.delete(value);
    this.#rows.delete(value);
    return total;
  }
}
