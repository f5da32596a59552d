import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HeadConfig } from '@hashee/core';
import type { EncodedDataset } from '@hashee/eval';
import { Interrupted } from '@hashee/terminal';
import { describe, expect, test } from 'vitest';
import { answerWarnings } from '../src/commands/train/warnings/answer-warnings.js';
import { dataWarnings } from '../src/commands/train/warnings/data-warnings.js';
import { labelCounts } from '../src/commands/train/warnings/label-counts.js';
import { writeModelFolder } from './model-folder.js';
import { type Ran, run } from './run.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const at = (name: string): string => join(folder, name);
const { directory: base } = await writeModelFolder(at('base'), { task: null, exitLayer: null });

const WORDS = ['film', 'movie', 'plot', 'story', 'scene', 'music', 'end'];

/** Texts of which every `every`th is positive and says so. */
async function writeSet(name: string, count: number, every: number): Promise<string> {
  const rows = Array.from({ length: count }, (_, i) => {
    const positive = i % every === 0;
    return `the ${WORDS[i % 7]} is ${positive ? 'good' : 'bad'}\t${positive ? 'positive' : 'negative'}`;
  });
  await writeFile(at(name), `sentence\tlabel\n${rows.join('\n')}\n`);
  return at(name);
}

const [balanced, oneSided, dev] = await Promise.all([
  writeSet('balanced.tsv', 80, 2),
  writeSet('one-sided.tsv', 80, 40),
  writeSet('dev.tsv', 30, 3),
]);

const train = (file: string, output: string, words: readonly string[], options = {}): Promise<Ran> =>
  run(['train', '-m', base, '--train', file, '--dev', dev, '-o', at(output), '-b', '16', '-t', '1', ...words], options);

/** So small a rate leaves the weights where they were drawn. */
const STUCK = ['--learning-rate', '1e-12', '--epochs', '3'];

describe('hashee train warns', { timeout: 120_000 }, () => {
  test('of one-sided labels before, and of a model that answers one label afterwards', async () => {
    const { code, stderr, stdout } = await train(oneSided, 'leaning', ['--epochs', '3', '--json']);
    expect(code, stderr).toBe(0);
    const [before, after] = stderr.split(/^Saved .*$/m);
    expect(before).toMatch(
      /^warning: 97 % of the training texts have the label "negative": always answering that will look good\.\n {2}Add texts with the other labels, or leave out some of these\.$/m,
    );
    expect(after).toMatch(
      /^warning: The model answers "negative" for all 30 dev texts; 10 of them are labelled otherwise\.\n {2}Nearly all training texts have that label/m,
    );
    const { warnings } = JSON.parse(stdout);
    expect(warnings).toEqual([
      expect.stringMatching(/^97 % .* good\. Add .* these\.$/),
      expect.stringMatching(/^The model answers "negative" for all 30 dev texts; .*otherwise\. Nearly all/),
    ]);
  });

  test('of a model that learned nothing, also when the run was stopped after its best weights', async () => {
    const whole = await train(balanced, 'stuck', [...STUCK, '--json']);
    expect(whole.code, whole.stderr).toBe(0);
    const { warnings, best } = JSON.parse(whole.stdout);
    expect(best.step).toBe(5);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^The model answers "\w+" for all 30 dev texts; [12]0 of them are labelled otherwise\. It had 15 updates\. Give it more \(--epochs/,
      ),
    ]);
    const controller = new AbortController();
    const stopped = await train(balanced, 'stopped', STUCK, {
      signal: controller.signal,
      onStderr: (text: string) => {
        if (/^epoch 2/m.test(text)) controller.abort(new Interrupted());
      },
    });
    expect(stopped.code).toBe(130);
    const resumed = await train(balanced, 'stopped', [...STUCK, '--resume', '--json']);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(JSON.parse(resumed.stdout).warnings).toEqual(warnings);
    expect(resumed.stderr).toContain('warning: The model answers');
  });

  test('not where it was asked to be quiet, but in the outcome', async () => {
    const { code, stderr, stdout } = await train(balanced, 'quiet', [...STUCK, '--quiet', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout).warnings).toHaveLength(1);
  });
});

function setOf(task: EncodedDataset['task'], labels: readonly string[], given: (number | Int32Array)[]) {
  const inputIds = Int32Array.of(2, 7, 8, 3);
  return { task, labels, sequences: given.map((label) => ({ inputIds, label })), truncated: 0 };
}

function headOf(task: HeadConfig['task'], labels: readonly string[]): HeadConfig {
  return { name: 'main', task, labels, layer: 2, dense: 'tanh', dropout: 0 };
}

describe('what is looked at', () => {
  const labels = ['a', 'b', 'c'];
  const head = headOf('sequence-classification', labels);
  const texts = (...given: number[]) => setOf('sequence-classification', labels, given);
  const seen = (trainSet: EncodedDataset, devSet?: EncodedDataset): string[] =>
    dataWarnings({ head, trainSet, devSet }).map((each) => each.seen);

  test.each([
    ['all labels, in any order', texts(0, 0, 0, 1, 1, 1, 2, 2, 2), texts(0, 1), []],
    ['one label', texts(1, 1, 1), undefined, ['All training texts (3) have the label "b".']],
    ['a label without texts', texts(0, 1), texts(2, 0), ['No training text has the label "c".']],
    ['a dev set of one label', texts(0, 1, 2), texts(2), ['All dev texts (1) have the label "c".']],
  ])('%s', (_, trainSet, devSet, expected) => {
    expect(seen(trainSet, devSet)).toEqual(expected);
  });

  test('tags: nearly all words have none, which is as it should be; a tagger that only says so is told', () => {
    const tagger = headOf('token-classification', ['O', 'B-x']);
    const tagged = setOf(
      'token-classification',
      ['O', 'B-x'],
      [Int32Array.of(-1, 0, 0, -1), Int32Array.of(-1, 0, 1, -1)],
    );
    const parts = { head: tagger, trainSet: tagged, devSet: tagged, table: undefined };
    expect(dataWarnings(parts)).toEqual([]);
    // What it says of special tokens doesn't count.
    const nothing = labelCounts(tagged, [Int32Array.of(1, 0, 0, 1), Int32Array.of(1, 0, 0, 1)]);
    expect(nothing).toEqual([4, 0]);
    expect(answerWarnings(nothing, { steps: 1 }, parts)).toMatchObject([
      {
        seen: 'The model answers "O" for all 4 words of the dev texts; 1 of them is labelled otherwise.',
        advice: expect.stringContaining('It had 1 update.'),
      },
    ]);
    expect(answerWarnings([3, 1], { steps: 1 }, parts)).toEqual([]);
  });

  test('one answer is right where dev has one label', () => {
    const parts = { head, trainSet: texts(0, 1, 2), devSet: texts(1, 1), table: undefined };
    expect(answerWarnings([0, 2, 0], { steps: 1 }, parts)).toEqual([]);
  });
});
