import type { Parameters } from '../encoder/parameters.js';
import type { Engine } from '../engine/engine.js';
import type { Tensor } from '../engine/tensorflow.js';
import type { LinearParameters, NormParameters } from '../operations/operations.js';
import type { ParameterStore } from './parameter-store.js';

/** The present weights of a trainer on its engine: put there when they are first used after an update. */
export class TrainedParameters implements Parameters {
  readonly #engine: Engine;
  readonly #store: ParameterStore;
  readonly #tensors = new Map<string, Tensor>();
  #version: number;

  constructor(engine: Engine, store: ParameterStore) {
    this.#engine = engine;
    this.#store = store;
    this.#version = store.version;
  }

  linear(name: string): LinearParameters {
    const [weight, bias] = [`${name}.weight`, `${name}.bias`];
    const transposed = (): Tensor =>
      this.#kept(`${weight} transposed`, () => this.#engine.tf.transpose(this.tensor(weight)));
    return {
      weight: this.tensor(weight),
      // Made where an engine asks for it.
      get transposed() {
        return transposed();
      },
      bias: this.tensor(bias),
      trains: { weight: this.trains(weight), bias: this.trains(bias) },
    };
  }

  norm(name: string): NormParameters {
    const [weight, bias] = [`${name}.weight`, `${name}.bias`];
    return {
      weight: this.tensor(weight),
      bias: this.tensor(bias),
      trains: { weight: this.trains(weight), bias: this.trains(bias) },
    };
  }

  tensor(name: string): Tensor {
    // A copy: the cpu engine would see the optimizer write into it.
    return this.#kept(name, () => this.#engine.float32(this.#store.values(name).slice(), [...this.#store.shape(name)]));
  }

  trains(name: string): boolean {
    return this.#store.trains(name);
  }

  table(name: string): Float32Array {
    return this.#store.values(name);
  }

  /** Frees what lies on the engine. */
  clear(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
  }

  #kept(key: string, make: () => Tensor): Tensor {
    if (this.#version !== this.#store.version) {
      this.clear();
      this.#version = this.#store.version;
    }
    let tensor = this.#tensors.get(key);
    if (!tensor) {
      tensor = this.#engine.tf.keep(make());
      this.#tensors.set(key, tensor);
    }
    return tensor;
  }
}
