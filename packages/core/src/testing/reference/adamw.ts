import type { OptimizerSpec } from '../../trainer.js';
import type { ReferenceWeights } from './weights.js';

/** Biases and LayerNorm weights don't decay. */
export function decays(name: string): boolean {
  return !name.endsWith('.bias') && !/norm\.weight$/i.test(name);
}

/**
 * AdamW with decoupled decay (Loshchilov & Hutter 2019, algorithm 2) after clipping by the global norm, in float64:
 *
 *     g ← g · min(1, c / (‖g‖ + 1e-6)),  m ← β₁ m + (1 - β₁) g,  v ← β₂ v + (1 - β₂) g²
 *     w ← w - η λ w - η · (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε)
 */
export class ReferenceAdamW {
  readonly #options: Required<{ [K in keyof OptimizerSpec]: number }>;
  readonly #m = new Map<string, Float64Array>();
  readonly #v = new Map<string, Float64Array>();
  /** Updates so far. */
  step = 0;

  constructor(options: OptimizerSpec = {}) {
    const { weightDecay = 0.01, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, maxGradientNorm = 1 } = options;
    this.#options = { weightDecay, beta1, beta2, epsilon, maxGradientNorm };
  }

  /** First and second moments by name, views. */
  moments(): { readonly m: ReadonlyMap<string, Float64Array>; readonly v: ReadonlyMap<string, Float64Array> } {
    return { m: this.#m, v: this.#v };
  }

  restore(name: string, m: ArrayLike<number>, v: ArrayLike<number>): void {
    this.#m.set(name, Float64Array.from(m));
    this.#v.set(name, Float64Array.from(v));
  }

  /** Updates in place the weights that have a gradient; returns the norm before clipping. */
  update(
    weights: ReferenceWeights,
    gradients: ReadonlyMap<string, ArrayLike<number>>,
    learningRate: number,
  ): { readonly gradientNorm: number } {
    const { weightDecay, beta1, beta2, epsilon, maxGradientNorm } = this.#options;
    this.step++;
    let squares = 0;
    for (const gradient of gradients.values()) for (let i = 0; i < gradient.length; i++) squares += gradient[i] ** 2;
    const gradientNorm = Math.sqrt(squares);
    const clip = maxGradientNorm > 0 ? Math.min(1, maxGradientNorm / (gradientNorm + 1e-6)) : 1;
    for (const [name, gradient] of gradients) {
      const w = weights.get(name);
      if (!w) continue;
      const m = this.#m.get(name) ?? new Float64Array(w.length);
      const v = this.#v.get(name) ?? new Float64Array(w.length);
      this.#m.set(name, m);
      this.#v.set(name, v);
      const decay = decays(name) ? weightDecay : 0;
      for (let i = 0; i < w.length; i++) {
        const g = gradient[i] * clip;
        m[i] = beta1 * m[i] + (1 - beta1) * g;
        v[i] = beta2 * v[i] + (1 - beta2) * g * g;
        const direction = m[i] / (1 - beta1 ** this.step) / (Math.sqrt(v[i] / (1 - beta2 ** this.step)) + epsilon);
        w[i] -= learningRate * (decay * w[i] + direction);
      }
    }
    return { gradientNorm };
  }
}
