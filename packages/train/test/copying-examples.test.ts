import { expect, test } from 'vitest';
import { copyingExamples } from '../src/index.js';

const [FIRST, LAST] = [1, 2];
/** No token twice, so that a place is known by its token. */
const SOURCES = Array.from({ length: 20 }, (_, i) => ({
  inputIds: [FIRST, ...Array.from({ length: 60 - i }, (_, n) => 10 + ((7 * n + i) % 97)), LAST],
}));

test('what is copied is a part of the piece, and its start about as often as not', () => {
  const examples = copyingExamples(SOURCES, { count: 400, shown: [16, 40], copied: [6, 12] });
  const starts = examples.filter(({ inputIds, labels }) => {
    const [shown, wanted] = [Array.from(inputIds), Array.from(labels)];
    expect([shown[0], shown.at(-1), wanted.at(-1)]).toEqual([FIRST, LAST, LAST]);
    for (const [length, least, most] of [[shown.length - 2, 16, 40] as const, [wanted.length - 1, 6, 12] as const]) {
      expect(length).toBeGreaterThanOrEqual(least);
      expect(length).toBeLessThanOrEqual(most);
    }
    const from = shown.indexOf(wanted[0]);
    expect(shown.slice(from, from + wanted.length - 1)).toEqual(wanted.slice(0, -1));
    return from === 1;
  });
  expect(starts.length).toBeGreaterThan(180);
  expect(starts.length).toBeLessThan(260);
});

test('short sources are shown whole, empty ones are not taken, and a seed says which pieces', () => {
  const [example] = copyingExamples([{ inputIds: [FIRST, LAST] }, { inputIds: [FIRST, 9, LAST] }], { count: 1 });
  expect([Array.from(example.inputIds), Array.from(example.labels)]).toEqual([
    [FIRST, 9, LAST],
    [9, LAST],
  ]);
  const make = (seed: number) => copyingExamples(SOURCES, { count: 10, seed });
  expect(make(5)).toEqual(make(5));
  expect(make(5)).not.toEqual(make(6));
});

test.each([
  [{ count: 0 }, 'count takes an integer from 1, got 0'],
  [{ count: 3, shown: [9, 4] as const }, 'shown takes two integers from 1, the least and the most, got 9 and 4'],
  [{ count: 3, copied: [0, 4] as const }, 'copied takes'],
])('refuses %j', (options, message) => {
  expect(() => copyingExamples(SOURCES, options)).toThrow(message);
  expect(() => copyingExamples([{ inputIds: [FIRST, LAST] }], { count: 1 })).toThrow('no source has a token');
});
