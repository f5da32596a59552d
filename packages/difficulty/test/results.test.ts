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

function human(seed: number, dev: number, train = 0.9): StudyCell {
  return {
    ...{ format: 'hashee-difficulty', version: 1, part: 'human', seed, fingerprint: 'a'.repeat(64), seconds: 2 },
    settings: JSON.parse(JSON.stringify(studySizes.smoke)),
    result: {
      ...{ train: 100, dev: 50 },
      majority: { train: 0.5, dev: 0.48 },
      epochs: [{ epoch: 1, loss: 0.7, train, dev }],
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

describe('findings about the difficulty for people', () => {
  const said = (trains: readonly number[]): string =>
    markdownStudy(summarizeStudy(trains.map((train, index) => human(index + 1, 0.55, train))));

  test('seeds that fit their training set and seeds that do not are not averaged into a verdict', () => {
    expect(said([0.9, 0.88, 0.52])).toContain('the 3 seeds disagree');
    expect(said([0.9, 0.88, 0.91])).toContain('it is the same: 35 points');
    expect(said([0.6, 0.62, 0.61])).toContain('training is 6 points above the rest');
  });
});

describe('findings about exits', () => {
  const exits = (seed: number): StudyCell => {
    const method = (name: string, kind: 'predicted' | 'hash' | 'fixed', accuracy: number, speedup: number) => ({
      ...{ name, title: name, kind },
      points: [{ target: 2, accuracy, meanExit: 3, speedup, reached: true }],
      curve: [{ accuracy, meanExit: 3, speedup }],
    });
    return {
      ...human(seed, 0.5),
      part: 'exits',
      result: {
        ...{ layers: 6, dev: 50, test: 100 },
        methods: [
          {
            ...{ name: 'oracle', title: 'Oracle', kind: 'oracle', curve: [] },
            points: [{ target: null, accuracy: 0.9, meanExit: 2, speedup: 3, reached: true }],
          },
          method('fixed', 'fixed', 0.5, 2),
          method('linear', 'predicted', 0.6, 2.1),
          method('bilstm', 'predicted', 0.62, 2.2),
          method('hashee-random-inconsistent', 'hash', 0.58, 2),
        ],
        consistency: [
          {
            ...{ name: 'hashee-frequency', title: 'Frequency', unit: 'token', sameType: 1 },
            sameInstance: [{ epoch: 2, share: 1 }],
          },
          {
            ...{ name: 'hashee-random-inconsistent', title: 'Drawn', unit: 'token', sameType: 0.341 },
            sameInstance: [{ epoch: 2, share: 0.346 }],
          },
        ],
      },
    } as StudyCell;
  };

  test('two fresh draws are not how the trained model exits on what it was trained on', () => {
    const summary = summarizeStudy([exits(1)]);
    expect(summary.exits?.consistency.map(({ sameInstance }) => sameInstance.length)).toEqual([1, 0]);
    const text = markdownStudy(summary);
    expect(text).not.toContain('34.6');
    expect(text).toMatch(/\| Drawn +\| +- \| +34\.1 \|/);
    expect(text).toContain(
      'Consistency of "Drawn": layers are drawn by the content of a pair, so one that was trained on',
    );
    expect(text).toContain(
      'Consistency of "Frequency": 100.0 % of the tokens of training pairs exit at the same layer',
    );
  });

  test('whoever is named as the highest where it is judged is said to be', () => {
    const found = summarizeStudy([exits(1)]).findings.exits?.join('\n');
    expect(found).toContain(
      'At 2x: by states or predicted bits "bilstm" 62.0 % (2.20x; the highest of 2 where they are judged, which flatters it); by a hash "hashee-random-inconsistent" 58.0 % (2.00x); everyone after the same layer "fixed" 50.0 % (2.00x).',
    );
    expect(found).toContain('28.0 points below the oracle ("bilstm", the highest of 2 where they are judged');
    expect(found).not.toMatch(/best/);
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
