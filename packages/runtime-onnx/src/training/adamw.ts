import type { OptimizerSettings } from '@hashee/core/backend';

/**
 * Numbers of one update that are the same for all parameters. AdamW with decoupled weight decay (Loshchilov & Hutter 2019):
 * `m ← β₁m + (1-β₁)g; v ← β₂v + (1-β₂)g²; w ← keep·w - rate·m / (√v·correction + ε)`, g the gradient times `gradientScale`.
 */
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
  settings: OptimizerSettings,
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
