import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadTokenizer } from '@hashee/checkpoint';
import { collate } from '@hashee/core';
import { referenceForward } from '@hashee/core/testing';
import { describe, expect, test } from 'vitest';
import { writeModelFolder } from './model-folder.js';
import { run } from './run.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const { directory: model, checkpoint } = await writeModelFolder(join(folder, 'model'));
const tokenizer = await loadTokenizer(model);

const TEXTS = ['a good film', 'a bad plot', 'so dull', 'very fine music', 'it was great', 'not a story', 'awful end'];
const VALUES = ['1', '0', '0', '1', '1', '0', '0'];

const accuracy = async (dense = false): Promise<number> => {
  let right = 0;
  for (const [i, text] of TEXTS.entries()) {
    const { logits } = await referenceForward(
      checkpoint,
      collate([tokenizer.encode(text)]),
      dense ? { exitTable: null } : {},
    );
    const [no, yes] = logits('main');
    if ((yes > no ? '1' : '0') === VALUES[i]) right++;
  }
  return right / TEXTS.length;
};

const named = join(folder, 'named.tsv');
const data = join(folder, 'data');
await writeFile(
  named,
  `text\tlabel\n${TEXTS.map((text, i) => `${text}\t${VALUES[i] === '1' ? 'positive' : 'negative'}`).join('\n')}\n`,
);
await mkdir(join(data, 'sst-2'), { recursive: true });
await writeFile(
  join(data, 'sst-2', 'dev.tsv'),
  `sentence\tlabel\n${TEXTS.map((text, i) => `${text}\t${VALUES[i]}`).join('\n')}\n`,
);

describe('hashee evaluate', () => {
  test('judges a file with the labels of the model', async () => {
    const { code, stdout } = await run(['evaluate', named, '-m', model, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      file: named,
      sequences: 7,
      truncated: 0,
      metrics: { accuracy: await accuracy() },
      meanExitLayer: expect.any(Number),
      countedSpeedup: expect.any(Number),
    });
  });

  test('a task by its name; values or names of labels', async () => {
    const { lines } = await run(['evaluate', '--task', 'sst-2', '--data', data, '-m', model]);
    expect(lines[0]).toBe(`accuracy          ${(await accuracy()).toFixed(4)}`);
    expect(lines.find((line) => line.startsWith('mean exit layer'))).toMatch(/ of 3$/);
    const env = { HASHEE_DATA: data };
    const withVariable = await run(['evaluate', '--task', 'sst-2', '-m', model, '--metrics', 'accuracy,f1', '--json'], {
      env,
    });
    expect(Object.keys(JSON.parse(withVariable.stdout).metrics)).toEqual(['accuracy', 'f1']);
    const dev = join(data, 'sst-2', 'dev.tsv');
    const labels = await run(['evaluate', dev, '-m', model, '--labels', '0=negative,1=positive', '--json']);
    expect(JSON.parse(labels.stdout).metrics).toEqual({ accuracy: await accuracy() });
  });

  test('--dense leaves the exits out', async () => {
    const { stdout } = await run(['evaluate', named, '-m', model, '--dense', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      metrics: { accuracy: await accuracy(true) },
      meanExitLayer: 3,
      layerSpeedup: 1,
    });
  });

  test.each([
    [[], /Which data/, 2],
    [[named, '--label-column', 'class'], /no column "class" for the label; .*--label-column/, 1],
    [[join(data, 'sst-2', 'dev.tsv')], /unknown label "?1"?.*negative, positive/, 1],
    [[named, '--metrics', 'pearson'], /pearson/, 2],
    [[named, '--head', 'exit1'], /no head "exit1"/, 1],
    [['none.tsv'], /none.tsv/, 1],
    [['--task', 'sst-2'], /Where is the data of sst-2\?/, 2],
  ])('refuses %j', async (words, message, code) => {
    const ran = await run(['evaluate', '-m', model, ...words]);
    expect(ran.stderr).toMatch(message);
    expect(ran.code).toBe(code);
  });

  test('a model without a head', async () => {
    const { directory } = await writeModelFolder(join(folder, 'headless'), { task: null });
    const { code, stderr } = await run(['evaluate', named, '-m', directory]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('fine-tune it first')]);
  });
});
