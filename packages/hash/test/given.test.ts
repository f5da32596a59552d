import { HasheeError, validateExitTable } from '@hashee/core';
import { describe, expect, it } from 'vitest';
import { buildExitTable, customTable, uniformTable } from '../src/index.js';
import { train, words } from './words.js';

describe('uniformTable', () => {
  it('lets everything but special ids exit at one layer', () => {
    const table = uniformTable({ layers: 6, exitLayer: 2, tokenizer: words });
    expect([...table.exitLayer]).toEqual([6, 6, 6, 2, 2, 2, 2, 2, 2, 2]);
    expect(table.hash).toEqual({ name: 'uniform', parameters: { exitLayer: 2 } });
    validateExitTable(table);
  });

  it('refuses a layer that the model lacks', () => {
    expect(() => uniformTable({ layers: 6, exitLayer: 7, tokenizer: words })).toThrow(
      'exitLayer must be an integer from 1 to 6, got 7',
    );
  });
});

describe('customTable', () => {
  const base = { layers: 6, tokenizer: words };

  it('takes one layer for each id', () => {
    const exitLayer = [6, 6, 6, 1, 2, 3, 4, 5, 6, 1];
    const table = customTable({ ...base, exitLayer, parameters: { from: 'a paper' } });
    expect([...table.exitLayer]).toEqual(exitLayer);
    expect(table.hash).toEqual({ name: 'custom', parameters: { from: 'a paper' } });
  });

  it('takes layers by token string and by id, with a default', () => {
    const entries = new Map<string | number, number>([
      ['good', 1],
      ['bad', 2],
      [5, 3],
      ['[CLS]', 6],
    ]);
    const { exitLayer } = customTable({ ...base, entries, default: 4 });
    expect([...exitLayer]).toEqual([6, 6, 6, 4, 4, 3, 4, 2, 4, 1]);
    expect([...customTable({ ...base, entries: Object.entries({ good: 1 }) }).exitLayer.subarray(7)]).toEqual([
      6, 6, 1,
    ]);
  });

  it.each([
    [{ exitLayer: [1, 2] }, 'TABLE_MISMATCH', 'exitLayer has 2 entries, the vocabulary has 10'],
    [
      { exitLayer: [6, 6, 6, 0, 2, 3, 4, 5, 6, 1] },
      'INVALID_ARGUMENT',
      'Exit layer of entry 3 must be an integer from 1 to 6, got 0',
    ],
    [
      { exitLayer: [6, 1, 6, 1, 2, 3, 4, 5, 6, 1] },
      'INVALID_ARGUMENT',
      'Entry 1 is a special token and must exit at layer 6, got 1',
    ],
    [{ entries: [['[SEP]', 2]] }, 'INVALID_ARGUMENT', 'Entry 2 is a special token'],
    [{ entries: [['goodness', 2]] }, 'INVALID_ARGUMENT', '"goodness" is not a token of this vocabulary'],
    [{ entries: [[10, 2]] }, 'INVALID_ARGUMENT', 'Id must be an integer from 0 to 9, got 10'],
    [{ entries: [['good', 7]] }, 'INVALID_ARGUMENT', 'must be an integer from 1 to 6, got 7'],
    [{ entries: [], default: 0 }, 'INVALID_ARGUMENT', 'default must be an integer from 1 to 6, got 0'],
    [{}, 'INVALID_ARGUMENT', 'needs exitLayer (one for each id) or entries'],
  ] as const)('refuses %o', (wrong, code, message) => {
    expect(() => customTable({ ...base, ...(wrong as { exitLayer: number[] }) })).toThrow(
      expect.toSatisfy((error) => HasheeError.isInstance(error, code) && error.message.includes(message)),
    );
  });

  it('asks for a tokenizer that knows its tokens', () => {
    const tokenizer = { vocabSize: 10, specialIds: new Set<number>() };
    expect(() => customTable({ layers: 6, tokenizer, entries: [['good', 1]] })).toThrow(
      'need a tokenizer with token(id)',
    );
  });
});

describe('buildExitTable', () => {
  it('builds by name what the function of that name builds', async () => {
    expect(await buildExitTable({ hash: 'uniform', layers: 6, exitLayer: 2, tokenizer: words })).toEqual(
      uniformTable({ layers: 6, exitLayer: 2, tokenizer: words }),
    );
    const names = ['frequency', 'mutual-information', 'random-consistent'] as const;
    for (const hash of names) {
      const table = await buildExitTable({ hash, layers: 3, tokenizer: words, train, seed: 1 });
      expect(table.hash.name).toBe(hash);
    }
    expect((await buildExitTable({ hash: 'custom', layers: 3, tokenizer: words, entries: [] })).hash.name).toBe(
      'custom',
    );
  });

  it('names the hashes there are', async () => {
    await expect(buildExitTable({ hash: 'freqency' } as never)).rejects.toThrow(
      'hash must be one of frequency, mutual-information, random-consistent, clustered, uniform, custom, got freqency.',
    );
  });

  it("refuses numbers that differ from the model's", async () => {
    const config = { layers: 12, vocabSize: 10 } as never;
    await expect(buildExitTable({ hash: 'frequency', layers: 6, tokenizer: words, train, config })).rejects.toThrow(
      "layers is 6, the model's config has 12",
    );
  });
});
