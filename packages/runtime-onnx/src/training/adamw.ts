import type { OptimizerSpec } from '@hashee/core';

/** Optimizer settings with their defaults filled in. */
export type AdamWSettings = { readonly [K in keyof OptimizerSpec]-?: number };

export function adamWSettings(spec: OptimizerSpec = {}): AdamWSettings {
  return {
    weightDecay: spec.weightDecay ?? 0.01,
    beta1: spec.beta1 ?? 0.9,
    beta2: spec.beta2 ?? 0.999,
    epsilon: spec.epsilon ?? 1e-8,
    maxGradientNorm: spec.maxGradientNorm ?? 1,
  };
}

/** Numbers of one update that are the same for all parameters. */
export interface AdamWStep {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Multiplies the gradient: the clipping. */
  readonly gradientScale: number;
  /** 1 - learning rate · weight decay */
  readonly keep: number;
  /** learning rate / (1 - β₁ᵗ) */
  readonly rate: number;
  /** 1 / √(1 - β₂ᵗ) */
  readonly correction: number;
}

/** @param step counted from 1 */
export function adamWStep(
  settings: AdamWSettings,
  step: number,
  learningRate: number,
  gradientScale: number,
  decays: boolean,
): AdamWStep {
  const { beta1, beta2, epsilon, weightDecay } = settings;
  return {
    beta1,
    beta2,
    epsilon,
    gradientScale,
    keep: decays ? 1 - learningRate * weightDecay : 1,
    rate: learningRate / (1 - beta1 ** step),
    correction: 1 / Math.sqrt(1 - beta2 ** step),
  };
}

/** Arrays of one length: parameters, gradients and the two moments. */
export interface AdamWArrays {
  readonly weights: Float32Array;
  readonly gradients: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
}

/**
 * AdamW with decoupled weight decay (Loshchilov & Hutter 2019), in place on entries from..to-1:
 * `w ← keep·w; m ← β₁m + (1-β₁)g; v ← β₂v + (1-β₂)g²; w ← w - rate·m / (√v·correction + ε)`.
 */
export function applyAdamW({ weights, gradients, m, v }: AdamWArrays, from: number, to: number, step: AdamWStep): void {
  const { beta1, beta2, epsilon, gradientScale, keep, rate, correction } = step;
  for (let i = from; i < to; i++) {
    const g = gradients[i] * gradientScale;
    const mi = beta1 * m[i] + (1 - beta1) * g;
    const vi = beta2 * v[i] + (1 - beta2) * g * g;
    m[i] = mi;
    v[i] = vi;
    weights[i] = keep * weights[i] - (rate * mi) / (Math.sqrt(vi) * correction + epsilon);
  }
}

/** Sum of squares of entries from..to-1. */
export function squaredNorm(values: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i] * values[i];
  return sum;
}
