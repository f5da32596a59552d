import { HasheeError } from '@hashee/core';
import { Graph, type GraphInput, type Value } from '../graph/graph.js';

/**
 * A graph whose parts ask for a batch's plan as inputs, as the encoder's do, and get values that the graph computes itself
 * from `input_ids` and `attention_mask`. A plan value that nobody asks for costs nothing.
 */
export class PlannedGraph extends Graph {
  readonly #plan = new Map<string, () => Value>();
  readonly #values = new Map<string, Value>();
  /** Number of axes of the values that were planned. */
  readonly ranks: Map<Value, number> = new Map();

  /** An input of the exported model. */
  modelInput(name: string, type: GraphInput['type'], shape: GraphInput['shape']): Value {
    return super.input(name, type, shape);
  }

  /** Says how an input of the encoder is computed; `make` runs when it is first asked for. */
  plan(name: string, make: () => Value): void {
    this.#plan.set(name, make);
  }

  override input(name: string, type: GraphInput['type'], shape: GraphInput['shape']): Value {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    const make = this.#plan.get(name);
    if (!make)
      throw new HasheeError('UNSUPPORTED', `The encoder asks for "${name}", which an exported graph can't compute.`, {
        fields: { name, type, shape },
      });
    const value = make();
    this.#values.set(name, value);
    this.ranks.set(value, shape.length);
    return value;
  }
}
