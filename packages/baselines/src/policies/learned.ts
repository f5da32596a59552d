import type { ExitPolicy } from './exit-policy.js';
import { thresholdGrid } from './threshold-grid.js';

const estimatedError = (_logits: Float32Array, ...[[estimate]]: readonly Float32Array[]): number =>
  1 / (1 + Math.exp(-estimate));

/**
 * Leaves where a unit estimates the answer's error below the threshold (Xin et al., EACL 2021, learning to exit): σ(u) < θ.
 * @param unit name of the head that estimates at a layer
 */
export function learnedPolicy(unit: (layer: number) => string): ExitPolicy {
  return {
    knob: 'error threshold',
    settings: () => thresholdGrid(1),
    also: (layer) => [unit(layer)],
    uncertainty: estimatedError,
    begin:
      (threshold) =>
      (logits, ...also) =>
        estimatedError(logits, ...also) < threshold,
  };
}
