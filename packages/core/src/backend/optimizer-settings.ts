import type { OptimizerSpec } from '../trainer.js';

/** Optimizer settings with their defaults filled in. */
export type OptimizerSettings = { readonly [K in keyof OptimizerSpec]-?: number };

export function optimizerSettings(spec: OptimizerSpec = {}): OptimizerSettings {
  return {
    weightDecay: spec.weightDecay ?? 0.01,
    beta1: spec.beta1 ?? 0.9,
    beta2: spec.beta2 ?? 0.999,
    epsilon: spec.epsilon ?? 1e-8,
    maxGradientNorm: spec.maxGradientNorm ?? 1,
  };
}

/** Biases and LayerNorm aren't decayed. */
export function decays(name: string): boolean {
  return !name.endsWith('.bias') && !/norm\.weight$/i.test(name);
}
