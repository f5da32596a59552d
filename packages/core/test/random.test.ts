import { describe, expect, it } from 'vitest';
import { Random } from '../src/index.js';

const take = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.uint32());

describe('Random', () => {
  it('gives the numbers of splitmix32, the same everywhere and for ever', () => {
    // Computed with big integers in another language.
    expect(take(new Random(0), 4)).toEqual([1_684_164_658, 3_653_269_916, 2_939_563_536, 2_141_751_570]);
    expect(take(new Random(42), 4)).toEqual([551_831_576, 144_025_891, 322_543_647, 3_034_809_370]);
  });

  it('depends on the seed alone', () => {
    expect(take(new Random(7), 50)).toEqual(take(new Random(7), 50));
    expect(take(new Random(7), 4)).not.toEqual(take(new Random(8), 4));
    expect(take(new Random(2 ** 32 + 7), 4)).toEqual(take(new Random(7), 4));
  });

  it('has independent streams by path', () => {
    const paths = [[], [0], [1], [0, 0], [0, 1], [1, 0], [2]];
    const first = paths.map((path) => Random.stream(7, ...path).uint32());
    expect(new Set(first).size).toBe(paths.length);
    expect(take(Random.stream(7, 3, 4), 5)).toEqual(take(Random.stream(7, 3, 4), 5));
    expect(take(Random.stream(8, 3, 4), 5)).not.toEqual(take(Random.stream(7, 3, 4), 5));
  });

  it('draws uniformly from [0, 1) and [0, n)', () => {
    const random = new Random(1);
    const values = Array.from({ length: 20_000 }, () => random.uniform());
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(0.5, 2);
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < 20_000; i++) counts[random.below(5)]++;
    // Standard deviation of each is 57.
    for (const count of counts) expect(Math.abs(count - 4000)).toBeLessThan(300);
    expect(random.below(1)).toBe(0);
  });

  it('draws from the standard normal distribution', () => {
    const random = new Random(1);
    const values = Array.from({ length: 50_000 }, () => random.normal());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
    expect(values.filter((value) => Math.abs(value) < 1.96).length / values.length).toBeCloseTo(0.95, 2);
  });

  it('shuffles in place, evenly', () => {
    const random = new Random(1);
    const counts = [0, 1, 2, 3].map(() => [0, 0, 0, 0]);
    for (let i = 0; i < 8000; i++) {
      const values = [0, 1, 2, 3];
      random.shuffle(values);
      values.forEach((value, place) => {
        counts[value][place]++;
      });
    }
    // Standard deviation of each is 39.
    for (const count of counts.flat()) expect(Math.abs(count - 2000)).toBeLessThan(200);
    const one = Int32Array.of(5);
    expect(random.shuffle(one)).toBe(one);
    expect(random.shuffle([])).toEqual([]);
  });
});
