import { expect, test } from 'vitest';
import { rows, selectRows } from '../src/rows/rows.js';

const names = (wanted: string[]): string[] => selectRows(wanted).map(({ name }) => name);

test('rows are taken by name or beginning, each once, in their own order', () => {
  expect(names(['hashee-*', 'dense-fp32'])).toEqual(['dense-fp32', 'hashee-fp32', 'hashee-q8']);
  expect(names(['hashee-q8', 'hashee-*'])).toEqual(['hashee-fp32', 'hashee-q8']);
  expect(names(['*-q8'])).toContain('transformers-q8');
  expect(names(['*'])).toEqual(rows.map(({ name }) => name));
});

test('an unknown row is refused with those that there are', () => {
  expect(() => selectRows(['hashee-int4'])).toThrow(/"hashee-int4".*hashee-fp32/);
  expect(() => selectRows(['nothing-*'])).toThrow(/nothing-\*/);
});

test('names are unique, and say dtype and what is computed', () => {
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  for (const { name, dtype, computes } of rows) {
    if (/-(fp32|q8)$/.test(name)) expect(name.endsWith(dtype)).toBe(true);
    if (name.startsWith('hashee-')) expect(computes).toBe('exits');
  }
});
