import type { ExitTable } from '@hashee/core';
import type { Graph, Value } from '../graph/graph.js';
import type { TokenPlan } from './plan-tokens.js';

/** The exit layers of a batch inside a graph, looked up when they are first asked for. */
export class ExitValues {
  readonly #graph: Graph;
  readonly #tokens: TokenPlan;
  readonly #table: ExitTable;
  #layers: Value | undefined;
  #deepest: Value | undefined;

  constructor(graph: Graph, tokens: TokenPlan, table: ExitTable) {
    this.#graph = graph;
    this.#tokens = tokens;
    this.#table = table;
  }

  /** int64 [B, S]: the layer after which each token is frozen, 0 for padding. */
  get layers(): Value {
    const { index, ids, isToken } = this.#tokens;
    if (this.#layers === undefined) {
      const { exitLayer } = this.#table;
      this.#graph.constants.set('exit_layers', { type: 'uint8', shape: [exitLayer.length], data: exitLayer });
      this.#layers = index.multiply(index.cast(index.gather('exit_layers', ids), 'int64'), isToken);
    }
    return this.#layers;
  }

  /** int64 []: the last layer that any token of the batch reaches. */
  get deepest(): Value {
    const { index } = this.#tokens;
    this.#deepest ??= index.maximum(index.flat(this.layers), 0);
    return this.#deepest;
  }
}
