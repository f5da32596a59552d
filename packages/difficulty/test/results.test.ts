import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { studySizes } from '@hashee/difficulty';
import {
  markdownStudy,
  parseSettings,
  parseStudyCell,
  readStudy,
  type StudyCell,
  summarizeStudy,
  writeCell,
} from '@hashee/difficulty/results';
import { afterAll, describe, expect, test } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'hashee-study-'));
afterAll(() => rmSync(root, { recursive: true }));

function human(seed: number, dev: number): StudyCell {
  return {
    ...{ format: 'hashee-difficulty', version: 1, part: 'human', seed, fingerprint: 'a'.repeat(64), seconds: 2 },
    settings: JSON.parse(JSON.stringify(studySizes.smoke)),
    result: {
      ...{ train: 100, dev: 50 },
      majority: { train: 0.5, dev: 0.48 },
      epochs: [{ epoch: 1, loss: 0.7, train: 0.9, dev }],
    },
    date: '2026-01-01T00:00:00.000Z',
    machine: { processor: 'p | q', cores: 2, memoryBytes: 1, platform: 'linux x64', node: '20.20.2', load: 0 },
  };
}

describe('results', () => {
  test('are read back by part and seed, and make a table with mean and spread', async () => {
    for (const [seed, dev] of [
      [2, 0.6],
      [1, 0.5],
    ])
      await writeCell(root, human(seed, dev));
    const cells = await readStudy(root);
    expect(cells.map(({ seed }) => seed)).toEqual([1, 2]);
    const text = markdownStudy(summarizeStudy(cells));
    expect(text).toContain('|     1 | 90.0 ± 0.0 | 55.0 ± 7.1 |');
    expect(text).toContain('seeds 1, 2');
    expect(text).toContain('p \\| q');
    expect(text).toContain('Missing: sentence, seed 1');
  });

  test('what is written is checked: a share above 1 is no result', async () => {
    await expect(writeCell(root, human(3, 1.5))).rejects.toMatchObject({ code: 'INVALID_DATA' });
    expect((await readStudy(root)).map(({ seed }) => seed)).toEqual([1, 2]);
  });

  test('one made by a later version is refused', () => {
    expect(() => parseStudyCell({ ...human(1, 0.5), version: 2 }, 'x.json')).toThrow(/x\.json.*version/);
  });

  test('different settings have no mean', () => {
    const other = { ...human(2, 0.5), settings: { batchSize: 1 } };
    expect(() => summarizeStudy([human(1, 0.5), other])).toThrow(/2 different settings/);
  });
});

describe('settings from a file', () => {
  test.each(['full', 'small', 'smoke'] as const)('%s are settings', (size) => {
    expect(parseSettings(JSON.stringify(studySizes[size]), 'file')).toEqual(studySizes[size]);
  });

  test('an unknown field and a wrong one are refused by name', () => {
    expect(() => parseSettings(JSON.stringify({ ...studySizes.smoke, epoch: 1 }), 'file')).toThrow(/epoch/);
    expect(() => parseSettings(JSON.stringify({ ...studySizes.smoke, batchSize: 0 }), 'file')).toThrow(/batchSize/);
    expect(() => parseSettings('{', 'file')).toThrow(/file isn't JSON/);
  });
});
