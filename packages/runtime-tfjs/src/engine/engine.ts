import { HasheeError } from '@hashee/core';
import { Operations } from '../operations/operations.js';
import { ENGINES, type EngineName } from './engine-names.js';
import type { Tensor, TensorFlow } from './tensorflow.js';

/**
 * One engine of TensorFlow.js, opened and proven to work. TensorFlow.js has one active backend for the whole process; it is
 * taken for the length of a synchronous stretch of work and given back, so several engines serve one process side by side.
 */
export class Engine {
  readonly operations: Operations;
  readonly #backend: string;

  constructor(
    readonly tf: TensorFlow,
    readonly name: EngineName,
    /** Version of TensorFlow.js. */
    readonly version: string,
  ) {
    this.#backend = ENGINES[name].backend;
    this.operations = new Operations(tf, name);
  }

  /**
   * Runs synchronous work on this engine. Tensors made inside are freed, except those that are returned.
   * @throws HasheeError `RUNTIME` with the engine's error as `cause`
   */
  run<T extends Tensor | Tensor[]>(work: () => T): T {
    return this.#active(() => this.tf.tidy(work));
  }

  /**
   * Value and gradients of a scalar. Entries of `leaves` that the scalar doesn't depend on get no gradient.
   * @throws HasheeError `RUNTIME`
   */
  gradients(work: () => Tensor, leaves: Tensor[]): { value: Tensor; gradients: (Tensor | undefined)[] } {
    const engine = this.tf.engine();
    return this.#active(() => {
      try {
        const { value, grads } = engine.gradients(work, leaves, undefined, true);
        return { value, gradients: grads as (Tensor | undefined)[] };
      } catch (error) {
        // What was saved for the way back is freed at its end only.
        const state = engine.state as { activeTape: { saved?: Tensor[] }[] | null; gradientDepth: number };
        if (state.gradientDepth === 0) {
          for (const node of state.activeTape ?? []) for (const tensor of node.saved ?? []) tensor.dispose();
          state.activeTape = null;
        }
        throw error;
      }
    });
  }

  /** A tensor of float32; the values are copied or never written to again. */
  float32(data: Float32Array, shape: number[]): Tensor {
    return this.tf.tensor(data, shape, 'float32');
  }

  /** Row numbers for gatherND and scatterND, `[n, 1]`. */
  rows(indices: Int32Array): Tensor {
    return this.tf.tensor(indices, [indices.length, 1], 'int32');
  }

  /** The values of a tensor, which is freed. */
  async take(tensor: Tensor): Promise<Float32Array<ArrayBuffer>> {
    try {
      return (await tensor.data()) as Float32Array<ArrayBuffer>;
    } catch (cause) {
      throw this.#failed(cause);
    } finally {
      tensor.dispose();
    }
  }

  #active<T>(work: () => T): T {
    const engine = this.tf.engine();
    const before = engine.backendName;
    if (before !== this.#backend) void engine.setBackend(this.#backend);
    try {
      return work();
    } catch (cause) {
      if (HasheeError.isInstance(cause)) throw cause;
      throw this.#failed(cause);
    } finally {
      if (before && before !== this.#backend) void engine.setBackend(before);
    }
  }

  #failed(cause: unknown): HasheeError {
    const message = cause instanceof Error ? cause.message : String(cause);
    return new HasheeError('RUNTIME', `TensorFlow.js failed on its ${this.name} engine: ${message}`, {
      fields: { engine: this.name },
      cause,
    });
  }
}
