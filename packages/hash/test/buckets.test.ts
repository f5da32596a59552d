import { HasheeError } from '@hashee/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketLayer, bucketLayers, cutLayers, cutPoints } from '../src/index.js';

const histogram = (layers: Iterable<number>): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const layer of layers) counts[layer] = (counts[layer] ?? 0) + 1;
  return counts;
};

describe('bucketLayers', () => {
  // 20 types; the authors' 7 and 13 are clamped to L.
  it.each([
    [6, 6, { 1: 3, 2: 3, 3: 3, 4: 3, 5: 3, 6: 5 }],
    [6, 3, { 1: 6, 3: 6, 5: 6, 6: 2 }],
    [6, 2, { 1: 10, 4: 10 }],
    [12, 6, { 1: 3, 3: 3, 5: 3, 7: 3, 9: 3, 11: 3, 12: 2 }],
    [12, 12, { 1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1, 7: 1, 8: 1, 9: 1, 10: 1, 11: 1, 12: 9 }],
    [12, 4, { 1: 5, 4: 5, 7: 5, 10: 5 }],
    [12, 3, { 1: 6, 5: 6, 9: 6, 12: 2 }],
  ])('divides 20 types for L = %i, B = %i', (layers, buckets, expected) => {
    expect(histogram(bucketLayers(20, buckets, layers))).toEqual(expected);
  });

  it('gives each type a bucket of its own where there are fewer types than buckets', () => {
    expect([...bucketLayers(3, 6, 6)]).toEqual([1, 2, 3]);
    expect([...bucketLayers(2, 3, 6)]).toEqual([1, 3]);
    expect([...bucketLayers(0, 6, 6)]).toEqual([]);
  });

  it('makes a dense model of one layer', () => {
    expect([...bucketLayers(3, 1, 1)]).toEqual([1, 1, 1]);
  });

  it('sends the rest of a division into a bucket of its own when B does not divide L', () => {
    expect(histogram(bucketLayers(21, 4, 6))).toEqual({ 1: 5, 2: 5, 3: 5, 4: 5, 5: 1 });
  });

  it('refuses more buckets than layers, and numbers that are no buckets', () => {
    expect(() => bucketLayers(20, 7, 6)).toThrow('at most as many buckets as layers: got 7 buckets for 6 layers');
    for (const buckets of [0, -1, 1.5, Number.NaN])
      expect(() => bucketLayers(20, buckets, 6)).toThrow(/buckets must be an integer/);
    try {
      bucketLayers(20, 7, 6);
    } catch (error) {
      expect(HasheeError.isInstance(error, 'INVALID_ARGUMENT') && error.fields).toEqual({ buckets: 7, layers: 6 });
    }
  });

  it('follows the formula, never falls with the rank and stays within 1..L', () => {
    const sizes = fc
      .integer({ min: 1, max: 40 })
      .chain((layers) =>
        fc.tuple(fc.constant(layers), fc.integer({ min: 1, max: layers }), fc.integer({ min: 0, max: 500 })),
      );
    fc.assert(
      fc.property(sizes, ([layers, buckets, types]) => {
        const result = bucketLayers(types, buckets, layers);
        const s = Math.floor(types / buckets);
        const g = Math.floor(layers / buckets);
        for (let r = 0; r < types; r++) {
          const j = Math.min(s === 0 ? r : Math.floor(r / s), Math.ceil((layers - 1) / g));
          expect(result[r]).toBe(Math.min(1 + g * j, layers));
          if (r > 0) expect(result[r]).toBeGreaterThanOrEqual(result[r - 1]);
        }
      }),
    );
  });

  it('names the layer of a bucket', () => {
    expect([0, 1, 2, 3].map((bucket) => bucketLayer(bucket, 3, 12))).toEqual([1, 5, 9, 12]);
  });
});

describe('cutPoints', () => {
  it('leads from all types at layer 1 over equal buckets to none before layer L', () => {
    expect([...cutPoints(600, 6, 0)]).toEqual([600, 600, 600, 600, 600, 600]);
    expect([...cutPoints(600, 6, 0.5)]).toEqual([100, 200, 300, 400, 500, 600]);
    expect([...cutPoints(600, 6, 1)]).toEqual([0, 0, 0, 0, 0, 600]);
  });

  it('takes the power of the share in between: lateness 2/3 is γ = 2, 1/3 is γ = 1/2', () => {
    expect([...cutPoints(3600, 6, 2 / 3)]).toEqual([100, 400, 900, 1600, 2500, 3600]);
    expect([...cutPoints(300, 3, 1 / 3)]).toEqual([173, 244, 300]);
  });

  it('gives the same layers as L buckets where they divide the types', () => {
    expect(cutLayers(cutPoints(24, 6, 0.5))).toEqual(bucketLayers(24, 6, 6));
  });

  it('never lets a type exit earlier as lateness grows, nor a later rank exit before an earlier one', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.nat(300), fc.integer({ min: 1, max: 24 }), share, share, (types, layers, a, b) => {
        const early = cutLayers(cutPoints(types, layers, Math.min(a, b)));
        const late = cutLayers(cutPoints(types, layers, Math.max(a, b)));
        expect(early.length).toBe(types);
        for (let rank = 0; rank < types; rank++) {
          expect(late[rank]).toBeGreaterThanOrEqual(early[rank]);
          expect(late[rank]).toBeLessThanOrEqual(layers);
          expect(early[rank]).toBeGreaterThanOrEqual(rank === 0 ? 1 : early[rank - 1]);
        }
      }),
    );
  });
});
