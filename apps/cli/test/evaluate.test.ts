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

  test('a task in the files of GLUE, of its publishers and of ELUE', async () => {
    const glue = join(folder, 'glue');
    await mkdir(join(glue, 'MRPC'), { recursive: true });
    await mkdir(join(glue, 'snli_1.0'), { recursive: true });
    await mkdir(join(glue, 'SST2'), { recursive: true });
    await writeFile(
      join(glue, 'MRPC', 'dev.tsv'),
      'Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t10\t11\ta good film\ta great film\n0\t12\t13\tso dull\tvery fine\n',
    );
    const gold = (label: string): string => `${label}\t( a film )\ta film\ta good film\n`;
    await writeFile(
      join(glue, 'snli_1.0', 'snli_1.0_dev.txt'),
      `gold_label\tsentence1_binary_parse\tsentence1\tsentence2\n${['entailment', '-', 'neutral'].map(gold).join('')}`,
    );
    await writeFile(join(glue, 'SST2', 'dev.tsv'), 'sentence\tlabel\n"a ""good"" film"\t1\nso dull\t0\n');
    const judged = async (task: string, words: readonly string[] = []) => {
      const ran = await run(['evaluate', '--task', task, '--data', glue, '--json', ...words]);
      expect(ran.code, ran.stderr).toBe(0);
      return JSON.parse(ran.stdout);
    };
    expect(await judged('mrpc', ['-m', model])).toMatchObject({
      file: join(glue, 'MRPC', 'dev.tsv'),
      sequences: 2,
      metrics: { accuracy: expect.any(Number), f1: expect.any(Number) },
    });
    const three = await writeModelFolder(join(folder, 'three'), { labels: ['entailment', 'neutral', 'contradiction'] });
    expect(await judged('snli', ['-m', three.directory])).toMatchObject({ sequences: 2 });
    const plain = join(folder, 'plain.tsv');
    await writeFile(plain, 'sentence\tlabel\na "good" film\tpositive\nso dull\tnegative\n');
    const unquoted = JSON.parse((await run(['evaluate', plain, '-m', model, '--json'])).stdout);
    expect((await judged('sst-2', ['-m', model])).macs).toBe(unquoted.macs);
    const built = await run(['hash', 'build', '--task', 'snli', '--data', glue, '-m', three.directory]);
    expect([built.code, built.stderr]).toEqual([1, expect.stringContaining('no train file')]);
    const inspected = await run(['hash', 'inspect', three.directory, '--task', 'snli', '--data', glue, '--json']);
    expect(inspected.code, inspected.stderr).toBe(0);
    const owned = await run(['evaluate', '--task', 'mrpc', '--data', glue, '-m', model, '--label-column', 'class']);
    expect(owned.stderr).toMatch(/no column "class" for the label/);
    const unknown = await run(['evaluate', '--task', 'sst-3', '--data', glue, '-m', model]);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('Unknown task "sst-3". Tasks: sst-2')]);
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
