import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadModel } from '@hashee/checkpoint';
import { directory as defaultModel } from '@hashee/model-sst2';
import { pipeline } from '@hashee/pipeline';
import { onnx } from '@hashee/runtime-onnx';
import { env, pipeline as transformersPipeline } from '@huggingface/transformers';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeModelFolder } from './model-folder.js';
import { run } from './run.js';
import { temporaryFolder } from './temporary-folder.js';

const TEXTS = [
  'a great movie',
  'the film is not good , but the actress is great !',
  'dull',
  'a bad , bad , awful plot . one two three',
];

beforeAll(() => {
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.localModelPath = '/';
});

/** What transformers.js wants of a tokenizer besides tokenizer.json. */
const TOKENIZER_CONFIG = { tokenizer_class: 'BertTokenizer', model_max_length: 16, pad_token: '[PAD]' };

async function tinyModel(task: 'sequence-classification' | 'token-classification', folder: string): Promise<string> {
  const labels = task === 'token-classification' ? ['O', 'B-PER', 'I-PER'] : ['negative', 'positive'];
  const { directory } = await writeModelFolder(join(folder, 'model'), { task, labels });
  await writeFile(join(directory, 'tokenizer_config.json'), JSON.stringify(TOKENIZER_CONFIG));
  return directory;
}

describe('transformers.js runs an exported folder unchanged', () => {
  test('text classification: label and score of every text, together or alone', async () => {
    const folder = await temporaryFolder();
    const model = await tinyModel('sequence-classification', folder);
    const output = join(folder, 'exported');
    const { code, stderr, lines } = await run(['export', model, '--output', output]);
    expect([code, stderr]).toEqual([0, '']);
    expect(lines.map((line) => line.split(/\s+/)[0])).toEqual([
      join(output, 'onnx', 'model.onnx'),
      join(output, 'onnx', 'model_quantized.onnx'),
    ]);
    const ours = await pipeline('text-classification', await loadModel(output), { backend: onnx({ threads: 1 }) });
    const expected = await ours(TEXTS);
    await ours.dispose();
    for (const dtype of ['fp32', 'q8'] as const) {
      const theirs = await transformersPipeline('text-classification', output, { dtype });
      const together = (await theirs(TEXTS)) as { label: string; score: number }[];
      for (const [i, text] of TEXTS.entries()) {
        const [alone] = (await theirs(text)) as { label: string; score: number }[];
        const digits = dtype === 'fp32' ? 4 : 0;
        expect(together[i].label).toBe(expected[i].label);
        expect(together[i].score).toBeCloseTo(expected[i].score, digits);
        expect(alone.score).toBeCloseTo(expected[i].score, digits);
      }
      await theirs.dispose();
    }
  });

  test('token classification', async () => {
    const folder = await temporaryFolder();
    const model = await tinyModel('token-classification', folder);
    const output = join(folder, 'exported');
    await run(['export', model, '--output', output, '--dtype', 'fp32']);
    const theirs = await transformersPipeline('token-classification', output, { dtype: 'fp32' });
    const tags = (await theirs(TEXTS[0], { ignore_labels: [] })) as { entity: string; score: number; word: string }[];
    await theirs.dispose();

    const { tokenizer, ...checkpoint } = await loadModel(output);
    const { inputIds, tokenTypeIds } = tokenizer.encode(TEXTS[0]);
    const encoder = await onnx({ threads: 1 }).load(checkpoint);
    const offsets = Int32Array.of(0, inputIds.length);
    const { logits, labels } = await encoder.forward({ inputIds, tokenTypeIds, offsets });
    await encoder.dispose();
    const words = tags.map(({ word }) => word);
    expect(words).toEqual(['a', 'great', 'movie']);
    tags.forEach(({ entity, score }, t) => {
      const row = Array.from(logits.subarray((t + 1) * labels, (t + 2) * labels));
      const sum = row.reduce((total, value) => total + Math.exp(value), 0);
      const best = row.indexOf(Math.max(...row));
      expect(entity).toBe(checkpoint.heads[0].labels[best]);
      expect(score).toBeCloseTo(Math.exp(row[best]) / sum, 4);
    });
  });

  test('the default model', async () => {
    const output = join(await temporaryFolder(), 'default');
    const { code } = await run(['export', '--output', output, '--dtype', 'fp32']);
    expect(code).toBe(0);
    const texts = ['A gorgeous, witty, seductive movie.', 'Two hours of my life that I will never get back.', 'Dull.'];
    const ours = await pipeline('text-classification', await loadModel(defaultModel), {
      backend: onnx({ threads: 1 }),
    });
    const expected = await ours(texts);
    await ours.dispose();
    const theirs = await transformersPipeline('text-classification', output, { dtype: 'fp32' });
    const answers = (await theirs(texts)) as { label: string; score: number }[];
    await theirs.dispose();
    expect(answers.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
    answers.forEach(({ score }, i) => {
      expect(score).toBeCloseTo(expected[i].score, 4);
    });
  }, 300_000);
});

describe('the folder', () => {
  test('says how good and how fast its files are where data is named', async () => {
    const folder = await temporaryFolder();
    const model = await tinyModel('sequence-classification', folder);
    const data = join(folder, 'dev.tsv');
    await writeFile(
      data,
      `text\tlabel\n${TEXTS.map((text, i) => `${text}\t${i % 2 ? 'negative' : 'positive'}`).join('\n')}\n`,
    );
    const output = join(folder, 'measured');
    const { code, stdout } = await run(['export', model, '-o', output, '--measure', data, '--dtype', 'q8', '--json']);
    expect(code).toBe(0);
    const { metadata } = await loadModel(output);
    expect(metadata?.quality).toMatchObject([{ name: 'accuracy', conditions: { dtype: 'q8', opset: 17 } }]);
    expect(metadata?.speed).toMatchObject([{ name: 'sequences/s', conditions: { threads: 1, batchSize: 32 } }]);
    expect(metadata?.quality?.[0].dense).toBeTypeOf('number');
    expect(JSON.parse(stdout)).toMatchObject({ output, files: [{ dtype: 'q8', inputs: { length: 3 } }] });
    expect(await readdir(join(output, 'onnx'))).toEqual(['model_quantized.onnx']);
  });

  test('has no table with --dense, and keeps other files with --overwrite', async () => {
    const folder = await temporaryFolder();
    const model = await tinyModel('sequence-classification', folder);
    const output = join(folder, 'out');
    await run(['export', model, '-o', output, '--dtype', 'fp32']);
    const refused = await run(['export', model, '-o', output]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--overwrite');
    const before = await readFile(join(output, 'onnx', 'model.onnx'));
    const { code } = await run(['export', model, '-o', output, '--dtype', 'q8', '--dense', '--overwrite']);
    expect(code).toBe(0);
    expect((await loadModel(output)).exitTable).toBeUndefined();
    expect((await readdir(join(output, 'onnx'))).sort()).toEqual(['model.onnx', 'model_quantized.onnx']);
    expect(await readFile(join(output, 'onnx', 'model.onnx'))).toEqual(before);
    expect((await readdir(folder)).sort()).toEqual(['model', 'out']);
  });

  test('is not there where the model has no head, or when it was interrupted', async () => {
    const folder = await temporaryFolder();
    const { directory } = await writeModelFolder(join(folder, 'model'), { task: null });
    const headless = await run(['export', directory, '-o', join(folder, 'out')]);
    expect(headless.code).toBe(1);
    expect(headless.stderr).toContain('fine-tune it first');
    const model = await tinyModel('sequence-classification', join(folder, 'other'));
    const interrupted = await run(['export', model, '-o', join(folder, 'out')], { signal: AbortSignal.abort() });
    expect(interrupted.code).not.toBe(0);
    expect((await readdir(folder)).sort()).toEqual(['model', 'other']);
  });

  test.each([
    [['--dtype', 'int4'], 'fp32, q8'],
    [['--opset', '11'], '17 to 23'],
    [['--target', 'tensorrt'], 'standard, onnxruntime'],
  ])('%j is refused', async (words, message) => {
    const { code, stderr } = await run(['export', ...words]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
