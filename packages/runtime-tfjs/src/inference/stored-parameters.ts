import { type Checkpoint, HasheeError } from '@hashee/core';
import { requiredTensors } from '@hashee/core/backend';
import type { Parameters } from '../encoder/parameters.js';
import type { Engine } from '../engine/engine.js';
import type { Tensor, Tensor2D } from '../engine/tensorflow.js';
import type { LinearParameters, NormParameters } from '../operations/operations.js';

/** Weights that were put on an engine once. Matrices lie there as `[inputs, outputs]`, embedding tables stay in JavaScript. */
export class StoredParameters implements Parameters {
  readonly #engine: Engine;
  readonly #tensors: Map<string, Tensor>;
  readonly #tables: ReadonlyMap<string, Float32Array>;
  /** Matrices as the checkpoint has them, made when absorbed attention first wants them. */
  readonly #originals = new Map<string, Tensor>();

  private constructor(engine: Engine, tensors: Map<string, Tensor>, tables: ReadonlyMap<string, Float32Array>) {
    this.#engine = engine;
    this.#tensors = tensors;
    this.#tables = tables;
  }

  /** @throws HasheeError `INVALID_CHECKPOINT`, `RUNTIME`, whatever `check` throws */
  static async load(
    engine: Engine,
    checkpoint: Checkpoint,
    onProgress: (name: string, loaded: number, total: number) => void,
    check: () => void,
  ): Promise<StoredParameters> {
    const { config, heads, weights } = checkpoint;
    const names = requiredTensors(config, heads, weights);
    const tensors = new Map<string, Tensor>();
    const tables = new Map<string, Float32Array>();
    try {
      for (const [index, name] of names.entries()) {
        check();
        const values = await weights.read(name);
        if (/^embeddings\.(word|position|type)$/.test(name)) tables.set(name, values);
        else
          tensors.set(
            name,
            engine.run(() => store(engine, values, [...weights.shape(name)])),
          );
        onProgress(name, index + 1, names.length);
      }
    } catch (error) {
      for (const tensor of tensors.values()) tensor.dispose();
      throw error;
    }
    return new StoredParameters(engine, tensors, tables);
  }

  linear(name: string): LinearParameters {
    return { transposed: this.stored(`${name}.weight`), bias: this.stored(`${name}.bias`) };
  }

  norm(name: string): NormParameters {
    return { weight: this.stored(`${name}.weight`), bias: this.stored(`${name}.bias`) };
  }

  tensor(name: string): Tensor {
    const stored = this.stored(name);
    if (stored.rank === 1) return stored;
    const { tf } = this.#engine;
    const original = this.#originals.get(name) ?? tf.keep(tf.transpose(stored));
    this.#originals.set(name, original);
    return original;
  }

  trains(): boolean {
    return false;
  }

  table(name: string): Float32Array {
    return this.#tables.get(name)!;
  }

  /** A tensor as it lies on the engine: matrices as `[inputs, outputs]`. */
  stored(name: string): Tensor {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw new HasheeError('NOT_FOUND', `The model has no tensor "${name}".`, { fields: { name } });
    return tensor;
  }

  /** Takes a tensor over, in place of the one of that name, which is freed. */
  replace(name: string, tensor: Tensor): void {
    this.#tensors.get(name)?.dispose();
    this.#tensors.set(name, this.#engine.tf.keep(tensor));
  }

  dispose(): void {
    for (const tensor of [...this.#tensors.values(), ...this.#originals.values()]) tensor.dispose();
    this.#originals.clear();
  }
}

function store(engine: Engine, values: Float32Array, shape: number[]): Tensor {
  // A copy: the cpu engine would go on reading the checkpoint's own array.
  const tensor = engine.float32(values.slice(), shape);
  return shape.length === 2 ? engine.tf.transpose(tensor as Tensor2D) : tensor;
}
