import { HasheeError, Random } from '@hashee/core';
import { expect, it } from 'vitest';
import { epochBatches } from '../src/index.js';

const random = new Random(1);
const lengths = Array.from({ length: 1003 }, () => 5 + Math.floor(60 * random.uniform() ** 2));
const plan = { batchSize: 32, seed: 7, epoch: 0 };

it('takes every sequence once, in batches of the size asked for, but for one', () => {
  const batches = epochBatches(lengths, plan);
  expect(batches).toHaveLength(32);
  expect(batches.filter((batch) => batch.length === 32)).toHaveLength(31);
  expect(batches.map((batch) => batch.length)).toContain(11);
  expect(batches.flatMap((batch) => [...batch]).sort((a, b) => a - b)).toEqual([...lengths.keys()]);
});

it('puts similar lengths together', () => {
  const padding = (batches: readonly Int32Array[]): number => {
    const cells = batches.reduce((sum, batch) => sum + batch.length * Math.max(...batch.map((i) => lengths[i])), 0);
    return cells / lengths.reduce((a, b) => a + b);
  };
  const shuffled = random.shuffle(Int32Array.from(lengths.keys()));
  const anyhow = Array.from({ length: 32 }, (_, i) => shuffled.subarray(32 * i, 32 * i + 32));
  expect(padding(epochBatches(lengths, plan))).toBeLessThan(1.2);
  expect(padding(anyhow)).toBeGreaterThan(1.8);
});

it('mixes lengths over the epoch, and neighbours between epochs', () => {
  const first = epochBatches(lengths, plan);
  const means = first.map((batch) => batch.reduce((sum, i) => sum + lengths[i], 0) / batch.length);
  const rising = means.filter((mean, i) => i > 0 && mean > means[i - 1]).length;
  expect(rising).toBeGreaterThan(8);
  expect(rising).toBeLessThan(24);
  const together = (batches: readonly Int32Array[]): Set<string> =>
    new Set(batches.flatMap((batch) => [...batch].flatMap((a) => [...batch].map((b) => `${a} ${b}`))));
  const [one, two] = [together(first), together(epochBatches(lengths, { ...plan, epoch: 1 }))];
  expect([...one].filter((pair) => two.has(pair)).length).toBeLessThan(0.6 * one.size);
});

it('follows from seed and epoch alone', () => {
  expect(epochBatches(lengths, { ...plan, epoch: 3 })).toEqual(epochBatches(lengths, { ...plan, epoch: 3 }));
  expect(epochBatches(lengths, { ...plan, epoch: 1 })).not.toEqual(epochBatches(lengths, plan));
  expect(epochBatches(lengths, { ...plan, seed: 8 })).not.toEqual(epochBatches(lengths, plan));
});

it('copes with few sequences', () => {
  expect(epochBatches([], plan)).toEqual([]);
  expect(epochBatches([4], plan)).toEqual([Int32Array.of(0)]);
  expect(
    epochBatches([4, 4, 4], { ...plan, batchSize: 2 })
      .map((batch) => batch.length)
      .sort(),
  ).toEqual([1, 2]);
  expect(() => epochBatches(lengths, { ...plan, batchSize: 0 })).toThrow(HasheeError);
});
