import { describe, expect, test } from 'vitest';
import { againstText } from '../src/results/against-text.js';
import { summarize } from '../src/results/summarize.js';
import type { SummaryCell } from '../src/results/summary.js';
import { verdictOf } from '../src/results/verdict.js';
import { cellOf, comparisonOf } from './cell.js';

/** Three seeds that agree, of 10,000 examples. */
function scored(mean: number, speedup: number, leastSpeedup = speedup): SummaryCell {
  const score = { mean, standardDeviation: 0.001, count: 3, devError: 0.004 };
  return { target: 3, tooSlow: [], score, speedup, leastSpeedup };
}

const slow: SummaryCell = { target: 3, tooSlow: [1, 2], fastest: 2.5 };

describe('the verdict on two methods', () => {
  test.each([
    ['ahead', scored(0.8, 3), scored(0.7, 3.2)],
    // A tenth faster is still alike.
    ['ahead', scored(0.8, 3), scored(0.7, 3.3)],
    ['other faster', scored(0.8, 3), scored(0.7, 3.31)],
    // The better one may be as fast as it likes.
    ['ahead', scored(0.8, 5), scored(0.7, 3)],
    ['behind', scored(0.7, 3), scored(0.8, 4.8)],
    ['own faster', scored(0.7, 4.8), scored(0.8, 3)],
    ['level', scored(0.8, 3), scored(0.801, 4.8)],
    ['level', scored(0.8, 4.8), scored(0.801, 3)],
    // The best of its settings is fast, but it has slower ones, which score no more.
    ['ahead', scored(0.8, 3), scored(0.7, 5, 2.97)],
    ['other too slow', scored(0.8, 3), slow],
    ['own too slow', slow, scored(0.8, 3)],
    [undefined, slow, slow],
    [undefined, scored(0.8, 3), { target: 3, tooSlow: [] }],
    [undefined, undefined, scored(0.8, 3)],
  ] as const)('is %s', (verdict, own, other) => {
    expect(verdictOf(own, other)).toBe(verdict);
  });

  test('turns with the two', () => {
    const cells = [scored(0.8, 3), scored(0.7, 4.8), scored(0.75, 3.1, 3), scored(0.7, 5, 3), slow];
    const turned = {
      ...{ ahead: 'behind', behind: 'ahead', level: 'level', 'other faster': 'own faster' },
      ...{ 'own faster': 'other faster', 'other too slow': 'own too slow', 'own too slow': 'other too slow' },
    } as const;
    for (const one of cells)
      for (const other of cells) {
        const verdict = verdictOf(one, other);
        expect(verdictOf(other, one)).toBe(verdict && turned[verdict]);
      }
  });
});

test('the slowest setting that is fast enough is that of all settings, mean over seeds', () => {
  const point = (setting: number, speedup: number, quality: number) => ({
    ...{ setting, speedup, quality, metrics: { accuracy: quality }, meanExit: 6 / speedup },
  });
  const cells = [1, 2].map((seed) => ({
    ...cellOf('deebert', seed, [{ target: 3, quality: 0.7, speedup: 5 }], { knob: 'threshold' }),
    curve: [point(0, 1, 0.9), point(0.1, 2.9, 0.7), point(0.2, 2.9 + 0.1 * seed, 0.6), point(0.3, 5, 0.7)],
  }));
  const [{ cells: found }] = summarize(comparisonOf(cells)).tasks[0].rows;
  // 2.9 is not within 2 % of 3; 3.0 and 3.1 are fast enough.
  expect(found[0]).toMatchObject({ speedup: 5, leastSpeedup: expect.closeTo(3.05, 9) });
});

test('a table counts what is no comparison beside the three numbers', () => {
  expect(againstText({ ahead: 2, level: 1, 'other too slow': 1 })).toBe('2 / 1 / 0, 1 too slow');
  expect(againstText({ behind: 1, 'other faster': 2, 'own too slow': 1, 'own faster': 3 })).toBe(
    '0 / 0 / 1, 2 faster, 1 HashEE too slow, 3 HashEE faster',
  );
  expect(againstText(undefined)).toBe('');
});
