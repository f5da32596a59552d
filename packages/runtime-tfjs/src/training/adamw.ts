import type { OptimizerSettings } from '@hashee/core/backend';

/** One tensor in training; all arrays have its length. */
export interface TrainedTensor {
  readonly weights: Float32Array;
  readonly gradient: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
}

/**
 * One AdamW update in place, with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2), and a cleared gradient:
 * `m ← β₁m + (1-β₁)g; v ← β₂v + (1-β₂)g²; w ← w - η λ w - η (m/(1-β₁ᵗ)) / (√(v/(1-β₂ᵗ)) + ε)`.
 * @param step t, counted from 1
 * @param gradientScale multiplies the gradient: the clipping
 */
export function adamW(
  { weights, gradient, m, v }: TrainedTensor,
  settings: OptimizerSettings,
  step: number,
  learningRate: number,
  gradientScale: number,
  decay: boolean,
): void {
  const { beta1, beta2, epsilon, weightDecay } = settings;
  const keep = decay ? 1 - learningRate * weightDecay : 1;
  const rate = learningRate / (1 - beta1 ** step);
  const correction = 1 / Math.sqrt(1 - beta2 ** step);
  const rest1 = 1 - beta1;
  const rest2 = 1 - beta2;
  for (let i = 0; i < weights.length; i++) {
    const g = gradient[i] * gradientScale;
    const first = beta1 * m[i] + rest1 * g;
    const second = beta2 * v[i] + rest2 * g * g;
    m[i] = first;
    v[i] = second;
    weights[i] = keep * weights[i] - (rate * first) / (Math.sqrt(second) * correction + epsilon);
  }
  gradient.fill(0);
}

/** Sum of squares in float64. */
export function squaredNorm(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return sum;
}
