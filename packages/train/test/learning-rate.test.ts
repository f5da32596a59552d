import { expect, it } from 'vitest';
import { learningRateAt } from '../src/index.js';

it('rises over the warm-up and falls towards 0', () => {
  const schedule = { learningRate: 1, steps: 10, warmup: 0.4 };
  const rates = Array.from({ length: 10 }, (_, i) => learningRateAt(i + 1, schedule));
  const expected = [1 / 4, 2 / 4, 3 / 4, 1, 6 / 7, 5 / 7, 4 / 7, 3 / 7, 2 / 7, 1 / 7];
  rates.forEach((rate, i) => {
    expect(rate).toBeCloseTo(expected[i], 12);
  });
});

it('has the full rate from the start without warm-up, and at the end with nothing else', () => {
  expect(learningRateAt(1, { learningRate: 3e-5, steps: 100, warmup: 0 })).toBe(3e-5);
  expect(learningRateAt(100, { learningRate: 3e-5, steps: 100, warmup: 0 })).toBeCloseTo(3e-7, 15);
  expect(learningRateAt(100, { learningRate: 3e-5, steps: 100, warmup: 1 })).toBe(3e-5);
  expect(learningRateAt(1, { learningRate: 3e-5, steps: 1, warmup: 0.1 })).toBe(3e-5);
});
