import { conformanceCases } from '@hashee/core/testing';
import { describe, expect, test } from 'vitest';
import { tapeBackend } from './tape-trainer.js';

const cases = conformanceCases({ backend: tapeBackend() });

// A runtime that is known to be right passes every case.
for (const { name, run, skipped } of cases) test.skipIf(skipped)(name, run);

describe('the list of cases', () => {
  test('every name is there once, and nothing is skipped for a runtime that can do everything', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    expect(cases.filter(({ skipped }) => skipped !== undefined)).toEqual([]);
  });

  test('a missing capability skips its cases, with the reason', () => {
    const backend = tapeBackend();
    const capabilities = { ...backend.capabilities, training: false, passes: false };
    const skipped = conformanceCases({ backend: { ...backend, capabilities } }).filter((entry) => entry.skipped);
    expect(skipped.map(({ name }) => name.split(':')[0])).toEqual(expect.arrayContaining(['pass', 'training']));
    expect(skipped.every(({ name }) => /^(pass|training):/.test(name))).toBe(true);
    expect(skipped.find(({ name }) => name.startsWith('pass'))?.skipped).toBe("The backend doesn't declare passes.");
  });

  test('a case can be skipped by name, and only one that exists', () => {
    const skip = { 'forward: one token': 'because' };
    const listed = conformanceCases({ backend: tapeBackend(), skip });
    expect(listed.filter((entry) => entry.skipped).map(({ name, skipped }) => [name, skipped])).toEqual(
      Object.entries(skip),
    );
    expect(() => conformanceCases({ backend: tapeBackend(), skip: { 'no such case': 'because' } })).toThrow(
      'there is no case "no such case" to skip',
    );
  });
});
