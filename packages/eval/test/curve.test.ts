import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CurvePoint,
  chooseSetting,
  elueScore,
  interpolate,
  meanCurve,
  meanElueScore,
  paretoFront,
  qualityAt,
} from '../src/index.js';

const point = (speedup: number, quality: number): CurvePoint => ({ speedup, quality });

describe('elueScore', () => {
  const baseline = [
    { flops: 4, performance: 88 },
    { flops: 1, performance: 70 },
    { flops: 2, performance: 80 },
    { flops: 3, performance: 85 },
  ];

  it('is the mean lead over the baseline', () => {
    const points = [
      { flops: 1.5, performance: 76 },
      { flops: 2.5, performance: 83 },
      { flops: 4, performance: 88 },
    ];
    expect(elueScore(points, baseline)).toBeCloseTo(0.5, 12);
    expect(elueScore(baseline, baseline)).toBe(0);
    // Outside of the baseline its end points count.
    expect(
      elueScore(
        [
          { flops: 0.5, performance: 70 },
          { flops: 9, performance: 90 },
        ],
        baseline,
      ),
    ).toBe(1);
    expect(meanElueScore({ 'sst-2': 0.5, mrpc: -1.5 })).toBe(-0.5);
  });

  it('refuses what has no score', () => {
    expect(() => elueScore([], baseline)).toThrow('not defined');
    expect(() => elueScore(baseline, [])).toThrow('needs points');
    expect(() => elueScore(baseline, [baseline[0], baseline[0]])).toThrow('each x once');
    expect(() => meanElueScore({})).toThrow('not defined');
  });
});

describe('curves', () => {
  const points = [point(1, 0.9), point(2, 0.88), point(2.5, 0.84), point(1.5, 0.85), point(4, 0.8), point(2, 0.88)];

  it('keeps what nothing beats', () => {
    expect(paretoFront(points)).toEqual([point(1, 0.9), point(2, 0.88), point(2.5, 0.84), point(4, 0.8)]);
    expect(paretoFront([])).toEqual([]);
    const some = fc.array(
      fc.record({ speedup: fc.integer({ min: 1, max: 9 }), quality: fc.integer({ min: 0, max: 9 }) }),
    );
    fc.assert(
      fc.property(some, (all) => {
        const front = paretoFront(all);
        const beats = (a: CurvePoint, b: CurvePoint): boolean =>
          a.speedup >= b.speedup && a.quality >= b.quality && (a.speedup > b.speedup || a.quality > b.quality);
        for (const each of all) {
          const beaten = all.some((other) => beats(other, each));
          expect(front.some((kept) => kept.speedup === each.speedup && kept.quality === each.quality)).toBe(!beaten);
        }
      }),
    );
  });

  it('reads the quality at a speed-up', () => {
    expect(qualityAt(points, 2)).toBe(0.88);
    expect(qualityAt(points, 3.25)).toBeCloseTo(0.82, 12);
    expect(qualityAt(points, 0.5)).toBe(0.9);
    expect(qualityAt(points, 4.1)).toBeUndefined();
    expect(qualityAt([], 1)).toBeUndefined();
  });

  it('chooses a setting that is fast enough', () => {
    expect(chooseSetting(points, 1.9)).toEqual(point(2, 0.88));
    expect(chooseSetting(points, 2.6)).toEqual(point(4, 0.8));
    expect(chooseSetting(points, 5)).toBeUndefined();
    expect(chooseSetting([point(2, 0.8), point(3, 0.8)], 1)).toEqual(point(3, 0.8));
  });

  it('is the mean of the seeds where all have it', () => {
    const runs = [
      [point(1, 0.9), point(3, 0.8)],
      [point(1, 0.94), point(2, 0.9), point(4, 0.7)],
    ];
    const curve = meanCurve(runs, [1, 2, 3, 4]);
    expect(curve.map(({ speedup }) => speedup)).toEqual([1, 2, 3]);
    expect(curve[1].quality).toMatchObject({ mean: expect.closeTo(0.875, 12), count: 2 });
    expect(curve[2].quality.mean).toBeCloseTo(0.8, 12);
    expect(meanCurve([], [1])).toEqual([]);
  });

  it('interpolates', () => {
    expect(
      interpolate(
        [
          [0, 0],
          [2, 4],
        ],
        0.5,
      ),
    ).toBe(1);
    expect(() => interpolate([[0, 0]], Number.NaN)).toThrow('finite numbers');
  });
});
