import { optimizerSettings } from '@hashee/core/backend';
import { describe, expect, test } from 'vitest';
import { AdamWKernel } from '../src/training/adamw-kernel.js';
import { WordTable } from '../src/training/word-table.js';

/** AdamW on every entry at every step, in float64. */
function plain(weights: number[], gradientAt: (step: number) => number, steps: number, beta1: number): number[] {
  const { beta2, epsilon, weightDecay } = optimizerSettings({ beta1 });
  return weights.map((w) => {
    let m = 0;
    let v = 0;
    for (let step = 1; step <= steps; step++) {
      const g = gradientAt(step);
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      w -= 0.01 * weightDecay * w;
      w -= (0.01 * (m / (1 - beta1 ** step))) / (Math.sqrt(v / (1 - beta2 ** step)) + epsilon);
    }
    return w;
  });
}

describe.each([0.9, 0.99, 0])('rows that wait for their updates, β₁ = %s', (beta1) => {
  test.each([1, 40, 700])('%s updates end where updates at every step end', (steps) => {
    const table = new WordTable(2, 4, optimizerSettings({ beta1 }), new AdamWKernel());
    const begin = [1, -0.5, 0.25, 2];
    table.weights.set([...begin, ...begin]);
    // Row 0 gets a gradient at the first update only, row 1 never.
    for (let step = 1; step <= steps; step++) {
      if (step === 1) table.accumulate([0], Float32Array.of(0.3, 0.3, 0.3, 0.3));
      table.update(step, 0.01, 1);
    }
    table.refreshAll();
    const touched = plain(begin, (step) => (step === 1 ? Math.fround(0.3) : 0), steps, beta1);
    const untouched = plain(begin, () => 0, steps, beta1);
    for (const [i, expected] of [...touched, ...untouched].entries()) expect(table.weights[i]).toBeCloseTo(expected, 4);
  });
});
