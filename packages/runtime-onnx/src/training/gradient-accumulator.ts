import { HasheeError, type TrainerState } from '@hashee/core';
import type { ParameterStore } from './parameter-store.js';

/** Gradients of one update as they come in batch by batch, and the updates themselves. */
export class GradientAccumulator {
  readonly #store: ParameterStore;
  readonly #maxNorm: number;
  #step = 0;
  #parts = 0;
  #scratch: Float32Array | undefined;

  /** @param maxNorm the gradient's norm is clipped to it; 0 turns clipping off */
  constructor(store: ParameterStore, maxNorm: number) {
    this.#store = store;
    this.#maxNorm = maxNorm;
  }

  /** Updates so far. */
  get step(): number {
    return this.#step;
  }

  /** Batches accumulated since the last update. */
  get parts(): number {
    return this.#parts;
  }

  /** Where the next batch writes its gradient, all of it; what is there has no meaning. */
  target(): Float32Array {
    if (this.#parts === 0) return this.#store.overwriteGradient();
    this.#scratch ??= new Float32Array(this.#store.flat.gradients.length);
    return this.#scratch;
  }

  /** A batch came to nothing: what it may have written is forgotten. */
  failed(): void {
    if (this.#parts === 0) this.#store.clearGradient();
  }

  /** Adds what a batch wrote into its target. @param written names of the tensors that have a gradient in it */
  add(target: Float32Array, written: ReadonlySet<string>): void {
    const { flat } = this.#store;
    if (target === flat.gradients) {
      for (const name of flat.names()) if (!written.has(name)) flat.view(target, name).fill(0);
    } else {
      for (const name of written) {
        const sum = flat.view(flat.gradients, name);
        const part = flat.view(target, name);
        for (let i = 0; i < sum.length; i++) sum[i] += part[i];
      }
    }
    this.#parts++;
  }

  /** Clips, updates and clears. @throws HasheeError `INVALID_ARGUMENT`, `RUNTIME` (norm not finite) */
  update(learningRate: number): { readonly gradientNorm: number } {
    if (!(learningRate >= 0 && Number.isFinite(learningRate)))
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `update(): learningRate must be a number from 0, got ${learningRate}.`,
        { fields: { learningRate } },
      );
    const gradientNorm = this.#store.gradientNorm();
    this.#parts = 0;
    if (!Number.isFinite(gradientNorm)) {
      this.#store.clearGradient();
      throw new HasheeError('RUNTIME', `The gradient's norm is ${gradientNorm}: lower the learning rate.`, {
        fields: { gradientNorm },
      });
    }
    const gradientScale = this.#maxNorm > 0 ? Math.min(1, this.#maxNorm / (gradientNorm + 1e-6)) : 1;
    this.#step++;
    this.#store.update(this.#step, learningRate, gradientScale);
    return { gradientNorm };
  }

  restore(state: TrainerState): void {
    this.#store.restore(state);
    this.#step = state.step;
    this.#parts = 0;
  }
}
