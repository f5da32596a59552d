import { collate, denseMacs, headMacs, sequenceMacs, type TokenBatch } from '@hashee/core';
import { referenceForward, tinyCheckpoint, tinyConfig, tinyExitTable, tinyHead } from '@hashee/core/testing';
import { describe, expect, test } from 'vitest';
import { type PipelineInput, type PipelineModel, pipeline, type RunSummary } from '../src/index.js';
import { referenceBackend } from './reference-backend.js';
import { smallTokenizer } from './small-tokenizer.js';

const tokenizer = smallTokenizer();
const exitTable = tinyExitTable(tinyConfig(), (id) => 1 + (id % 3));

const classifier = (): PipelineModel => ({ ...tinyCheckpoint({ exitTable }), tokenizer });

const TEXTS = [
  'the film is good',
  'bad',
  'a very very long plot and a dull end',
  'actor met Angela in Berlin .',
  'not great',
  'one two three four five',
];

/** Label and score of each text, by itself, without the pipeline. */
async function expected(model: PipelineModel, text: PipelineInput): Promise<{ label: string; score: number }> {
  const batch = collate([tokenizer.encode(text as string, { maxLength: model.config.maxLength })]);
  const logits = (await referenceForward(model, batch)).logits('main');
  const total = logits.reduce((sum, x) => sum + Math.exp(x), 0);
  const best = logits.indexOf(Math.max(...logits));
  return { label: model.heads[0].labels[best], score: Math.exp(logits[best]) / total };
}

describe('text-classification', () => {
  test('one text in, one answer out; a list in, a list out in the same order', async () => {
    const model = classifier();
    const classify = await pipeline('text-classification', model, { backend: referenceBackend(), batchSize: 2 });
    const answers = await classify(TEXTS);
    expect(answers).toHaveLength(TEXTS.length);
    for (const [i, text] of TEXTS.entries()) {
      const { label, score } = await expected(model, text);
      expect(answers[i]).toEqual({ label, score: expect.closeTo(score, 6) });
      expect(await classify(text)).toEqual({ label, score: expect.closeTo(score, 6) });
    }
    expect(new Set(answers.map(({ label }) => label)).size).toBeGreaterThan(1);
    expect(await classify([])).toEqual([]);
  });

  test('batches hold texts of similar length, longest first', async () => {
    const seen: TokenBatch[] = [];
    const classify = await pipeline('text-classification', classifier(), { backend: referenceBackend(seen) });
    await classify(TEXTS, { batchSize: 2 });
    const lengths = seen.map(({ offsets }) => Array.from(offsets.subarray(1), (to, b) => to - offsets[b]));
    expect(lengths).toEqual([
      [11, 11],
      [7, 6],
      [4, 3],
    ]);
    seen.length = 0;
    await classify(TEXTS, { maxBatchTokens: 24 });
    expect(seen.map(({ offsets }) => offsets.length - 1)).toEqual([2, 3, 1]);
  });

  test('pairs by name and as arrays inside a list', async () => {
    const seen: TokenBatch[] = [];
    const classify = await pipeline('text-classification', classifier(), { backend: referenceBackend(seen) });
    const named = await classify({ text: 'bad film', text_pair: 'good plot' });
    expect(await classify([['bad film', 'good plot']])).toEqual([named]);
    expect(Array.from(seen[0].tokenTypeIds)).toEqual([0, 0, 0, 0, 1, 1, 1]);
    expect(await classify({ text: 'bad film' })).toEqual(await classify('bad film'));
    const single = await classify('bad film good plot');
    expect(single.score).not.toBeCloseTo(named.score, 3);
  });

  test('topK lists labels by score; null lists all', async () => {
    const classify = await pipeline('text-classification', classifier(), { backend: referenceBackend() });
    const { scores = [], ...best } = await classify('the film is good', { topK: null });
    expect(scores.map(({ label }) => label).sort()).toEqual(['negative', 'neutral', 'positive']);
    expect(scores.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 9);
    expect(scores[0]).toEqual(best);
    expect(scores[0].score).toBeGreaterThan(scores[1].score);
    expect((await classify('bad', { topK: 2 })).scores).toHaveLength(2);
    await expect(classify('bad', { topK: 0 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('regression answers with the number itself', async () => {
    const model: PipelineModel = { ...tinyCheckpoint({ heads: [tinyHead('regression', 3)] }), tokenizer };
    const batch = collate([tokenizer.encode('good film')]);
    const wanted = (await referenceForward(model, batch)).logits('main')[0];
    const rate = await pipeline('text-classification', model, { backend: referenceBackend() });
    expect(await rate('good film')).toEqual({ label: 'score', score: expect.closeTo(wanted, 5) });
  });

  test('flags what was cut off', async () => {
    const classify = await pipeline('text-classification', classifier(), { backend: referenceBackend() });
    const long = 'very '.repeat(10_000);
    const [cut, whole] = await classify([long, 'good']);
    expect(cut).toMatchObject({ truncated: true, length: 12, fullLength: 10_002 });
    expect(whole).not.toHaveProperty('truncated');
    expect(await classify('one two three four', { maxLength: 5 })).toMatchObject({ length: 5, fullLength: 6 });
  });

  test('explains with the exit layer of every token', async () => {
    const classify = await pipeline('text-classification', classifier(), { backend: referenceBackend() });
    const [, { exits }] = await classify(['a longer text', 'Merkel is'], { explain: true });
    const layer = (id: number): number => 1 + (id % 3);
    const ids = tokenizer.encode('Merkel is').inputIds;
    expect(exits).toEqual([
      { id: 2, token: '[CLS]', exitLayer: 3 },
      { id: ids[1], token: 'Mer', exitLayer: layer(ids[1]) },
      { id: ids[2], token: '##kel', exitLayer: layer(ids[2]) },
      { id: ids[3], token: 'is', exitLayer: layer(ids[3]) },
      { id: 3, token: '[SEP]', exitLayer: 3 },
    ]);
  });

  test('an exit table handed over replaces the model’s, null runs everything', async () => {
    const model = classifier();
    const dense = await pipeline('text-classification', model, { backend: referenceBackend(), exitTable: null });
    const { summary } = await dense.run(TEXTS);
    expect(summary).toMatchObject({ meanExitLayer: 3, countedSpeedup: 1 });
    const { exits } = await dense('bad', { explain: true });
    expect(exits?.map(({ exitLayer }) => exitLayer)).toEqual([3, 3, 3]);
  });

  test('run accounts for the whole call, onBatch for the part that is done', async () => {
    const model = classifier();
    const classify = await pipeline('text-classification', model, { backend: referenceBackend(), batchSize: 4 });
    const steps: RunSummary[] = [];
    const { results, summary } = await classify.run([...TEXTS, 'very '.repeat(50)], {
      onBatch: (step) => steps.push(step),
    });
    expect(results).toHaveLength(7);
    let macs = 0;
    let dense = 0;
    let layers = 0;
    let tokens = 0;
    for (const text of [...TEXTS, 'very '.repeat(50)]) {
      const { inputIds } = tokenizer.encode(text, { maxLength: 12 });
      const exits = Array.from(inputIds, (id) => exitTable.exitLayer[id]);
      const head = headMacs(model.config, model.heads[0], 1);
      macs += sequenceMacs(model.config, exits) + head;
      dense += denseMacs(model.config, exits.length) + head;
      layers += exits.reduce((sum, k) => sum + k, 0);
      tokens += exits.length;
    }
    expect(summary).toEqual({
      runtime: 'reference',
      device: 'cpu',
      dtype: 'fp64',
      sequences: 7,
      tokens,
      truncated: 1,
      layers: 3,
      meanExitLayer: layers / tokens,
      macs,
      denseMacs: dense,
      countedSpeedup: dense / macs,
      milliseconds: 2,
    });
    expect(steps.map(({ sequences }) => sequences)).toEqual([4, 7]);
    expect((await classify.run([])).summary).toMatchObject({ sequences: 0, meanExitLayer: 0, countedSpeedup: 1 });
  });

  test('dispose frees the model', async () => {
    const classify = await pipeline('text-classification', classifier(), { backend: referenceBackend() });
    await classify.dispose();
    await classify.dispose();
    await expect(classify('bad')).rejects.toMatchObject({ code: 'DISPOSED' });
  });
});

describe('what is refused', () => {
  test.each([
    ['an empty text', ['good', ''], 1, /Input 1 has an empty text/],
    ['a blank text', [' \t\n'], 0, /Input 0 has an empty text/],
    ['an empty second text', [['good', ' ']], 0, /empty second text/],
    ['a number', ['good', 'bad', 7], 2, /Input 2 is a value of type number/],
    ['null', [null], 0, /Input 0 is null/],
    ['three texts', [['a', 'b', 'c']], 0, /array of exactly two texts/],
    ['an object without text', [{ sentence: 'good' }], 0, /\{ text, text_pair \}/],
    ['a text that is none', [{ text: 5 }], 0, /a value of type number as text/],
  ])('%s', async (_name, inputs, index, message) => {
    const classify = await pipeline('text-classification', classifier(), { backend: referenceBackend() });
    await expect(classify(inputs as string[])).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
      fields: { index },
    });
  });

  test.each([
    ['batchSize', 0],
    ['batchSize', 1.5],
    ['maxBatchTokens', -1],
    ['maxLength', 13],
    ['maxLength', 2],
    ['window', 0],
    ['maxWait', Number.NaN],
  ])('%s %s', async (option, value) => {
    const refused = { code: 'INVALID_ARGUMENT', fields: expect.objectContaining({ option }) };
    const options = { backend: referenceBackend(), [option]: value };
    await expect(pipeline('text-classification', classifier(), options)).rejects.toMatchObject(refused);
    const classify = await pipeline('text-classification', classifier(), { backend: referenceBackend() });
    await expect(classify('good', { [option]: value })).rejects.toMatchObject(refused);
  });

  test('tasks and heads that the model does not have', async () => {
    const backend = referenceBackend();
    const load = (task: string, options = {}): Promise<unknown> =>
      pipeline(task as 'text-classification', classifier(), { backend, ...options });
    await expect(load('summarization')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(load('text-classification', { head: 'exit1' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'The model has no head "exit1". Its heads: main (sequence-classification).',
    });
    await expect(load('token-classification')).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining("Use pipeline('text-classification', ...)"),
    });
    const pretrained = { ...classifier(), heads: [] };
    await expect(pipeline('text-classification', pretrained, { backend })).rejects.toThrow('fine-tune it first');
  });

  test('an exit table of another tokenizer', async () => {
    const backend = referenceBackend();
    const foreign = { ...exitTable, tokenizerFingerprint: 'another' };
    const loading = pipeline('text-classification', classifier(), { backend, exitTable: foreign });
    await expect(loading).rejects.toMatchObject({
      code: 'TABLE_MISMATCH',
      fields: { table: 'another', model: 'small' },
    });
  });

  test('answers that are not numbers', async () => {
    const model = classifier();
    const broken: PipelineModel = {
      ...model,
      weights: {
        names: () => model.weights.names(),
        shape: (name) => model.weights.shape(name),
        read: async (name) => {
          const data = await model.weights.read(name);
          return name === 'heads.main.classifier.bias' ? data.map(() => Number.NaN) : data;
        },
      },
    };
    const classify = await pipeline('text-classification', broken, { backend: referenceBackend() });
    await expect(classify('good')).rejects.toMatchObject({ code: 'RUNTIME' });
  });
});
