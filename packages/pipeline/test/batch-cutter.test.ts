import { describe, expect, test } from 'vitest';
import { cutBatches } from '../src/batch-cutter.js';

describe('cutBatches', () => {
  test('longest first, ties in the order of the caller', () => {
    expect(cutBatches([3, 9, 3, 5, 9], 2, 1000)).toEqual([[1, 4], [3, 0], [2]]);
  });

  test('padded size stays within the budget; one long sequence is alone', () => {
    expect(cutBatches([100, 10, 10, 10, 4], 32, 30)).toEqual([[0], [1, 2, 3], [4]]);
  });

  test('no sequences, no batches', () => {
    expect(cutBatches([], 8, 100)).toEqual([]);
  });

  test('every position comes exactly once', () => {
    const lengths = Array.from({ length: 500 }, (_, i) => 1 + ((i * 7919) % 113));
    const batches = cutBatches(lengths, 16, 900);
    expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
    for (const batch of batches) {
      expect(batch.length).toBeLessThanOrEqual(16);
      expect(batch.length * Math.max(...batch.map((i) => lengths[i]))).toBeLessThanOrEqual(900);
    }
  });
});
