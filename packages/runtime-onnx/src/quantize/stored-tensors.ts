import type { WeightSource } from '@hashee/core';

/** The weights of an exported model as they are stored, read when their turn comes. */
export class StoredTensors {
  readonly #weights: WeightSource;
  readonly #made = new Map<string, () => Promise<Float32Array | Int8Array>>();

  constructor(weights: WeightSource) {
    this.#weights = weights;
  }

  /** A tensor that is computed from the model's weights. */
  add(name: string, read: () => Promise<Float32Array | Int8Array>): void {
    this.#made.set(name, read);
  }

  read(name: string): Promise<Float32Array | Int8Array> {
    return this.#made.get(name)?.() ?? this.#weights.read(name);
  }
}
