import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tinyCheckpoint } from '@hashee/core/testing';
import { type BitPredictor, majority } from '@hashee/difficulty';
import { onnx } from '@hashee/runtime-onnx';
import { afterAll, describe, expect, test } from 'vitest';
import { createProbe } from '../src/exits/probe.js';
import { dataDigests } from '../src/study/data-digests.js';
import { chooserOnDev } from '../src/study/exit-points.js';
import { predictOnce } from '../src/study/judge-predictors.js';
import { madeUp } from './made-up.js';

const root = mkdtempSync(join(tmpdir(), 'hashee-work-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('what was seen of a model in training', () => {
  const training = join(root, 'training');
  const steps = [7, 1_000_000, 900_000];

  test('comes back by update', async () => {
    const encoder = await onnx({ threads: 1 }).load(tinyCheckpoint());
    const probe = createProbe(training, async ({ config }) => [config.layers, 0.5]);
    expect(await probe.records()).toEqual([]);
    for (const step of steps) {
      probe.onEvent({ type: 'step', step, steps: 2e6, epoch: 0, learningRate: 1e-3, loss: 0.5, losses: [] } as never);
      await probe.look(encoder);
    }
    const values = [encoder.config.layers, 0.5];
    const records = [7, 900_000, 1_000_000].map((step) => ({ step, values }));
    expect(await createProbe(training, async () => []).records()).toEqual(records);
    await encoder.dispose();
  });

  test.each([
    ['half a file', '{"step":7,"values":[1,'],
    ['another update', '{"step":8,"values":[1,0.5]}'],
    ['no number', '{"step":7,"values":[1,null]}'],
    ['no object', '[7,[1,0.5]]'],
  ])('%s is refused with what to delete', async (_, text) => {
    const path = join(`${training}.probe`, '000007.json');
    expect(readFileSync(path, 'utf8')).not.toBe(text);
    writeFileSync(path, text);
    const probe = createProbe(training, async () => []);
    await expect(probe.records()).rejects.toMatchObject({ code: 'INVALID_DATA', fields: { path, step: 7 } });
    await expect(probe.records()).rejects.toThrow(`Delete the folders ${training} and ${training}.probe`);
  });
});

describe('a prediction', () => {
  const context = { work: join(root, 'work'), seed: 1, digest: 'encoder' };
  const bits = (seed: number) => madeUp(20, seed, 'sentence', 3, ([word]) => [word % 2, 1, 0]);
  const split = { train: bits(1), dev: bits(2), test: bits(3) };
  let made = 0;
  const predictor: BitPredictor = {
    ...majority,
    async predict(task) {
      made++;
      return { ...(await majority.predict(task)), history: [0.5, 0.75] };
    },
  };
  const predict = () => predictOnce(context, { predictor, recipe: null }, split);

  test('is made once', async () => {
    const first = await predict();
    expect([made, first.history]).toEqual([1, [0.5, 0.75]]);
    expect(await predict()).toEqual(first);
    expect(made).toBe(1);
  });

  test.each([
    ['cut off', (text: string) => text.slice(0, text.length / 2)],
    ['with one logit less', (text: string) => text.replace(/\[-?1,/, '[')],
    ['with a logit that is no number', (text: string) => text.replace(/\[-?1,/, '[null,')],
    ['with a history of words', (text: string) => text.replace('[0.5,0.75]', '["0.5"]')],
    ['that is a list', (text: string) => `[${text}]`],
  ])('that lies there %s is made anew', async (_, spoil) => {
    const [folder] = readdirSync(context.work);
    const path = join(context.work, folder, 'prediction.json');
    const [before, sound] = [made, readFileSync(path, 'utf8')];
    expect(spoil(sound)).not.toBe(sound);
    writeFileSync(path, spoil(sound));
    await predict();
    expect(made).toBe(before + 1);
    expect(readFileSync(path, 'utf8')).toBe(sound);
  });
});

test('the digest of data is that of result files, and each task is read once', async () => {
  const data = join(root, 'data');
  mkdirSync(join(data, 'snli'), { recursive: true });
  for (const split of ['train', 'dev'])
    writeFileSync(join(data, 'snli', `${split}.tsv`), `sentence1\tsentence2\tlabel\na film\tthe ${split}\t2\n`);
  const sha = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
  const rows = (split: string) => [{ text: ['a film', `the ${split}`], label: 2 }];
  // Result files carry it: another formula would make all of them anew.
  const snli = sha([sha(['snli', ['entailment', 'neutral', 'contradiction'], rows('train'), rows('dev')])]);
  const digest = dataDigests(data);
  expect(await digest('sentence')).toBe(snli);
  rmSync(data, { recursive: true });
  expect(await digest('exits')).toBe(snli);
  await expect(digest('token')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a setting is chosen on dev as everywhere: the faster of equally good ones, the fastest where none is fast enough', () => {
  const outcomes = [
    { accuracy: 0.9, speedup: 1.5, meanExit: 4 },
    { accuracy: 0.8, speedup: 2, meanExit: 3 },
    { accuracy: 0.8, speedup: 2.5, meanExit: 2.5 },
    { accuracy: 0.7, speedup: 3, meanExit: 2 },
    { accuracy: 0.6, speedup: 2.9, meanExit: 2.1 },
  ];
  const choose = chooserOnDev({ settings: [0, 1, 2, 3, 4], dev: (setting) => outcomes[setting] });
  expect(choose(2)).toEqual({ setting: 2, reached: true });
  expect(choose(1)).toEqual({ setting: 0, reached: true });
  expect(choose(9)).toEqual({ setting: 3, reached: false });
});
