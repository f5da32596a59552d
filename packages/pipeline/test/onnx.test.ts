import { tinyCheckpoint, tinyConfig, tinyHead, tinyRandomTable } from '@hashee/core/testing';
import { onnx } from '@hashee/runtime-onnx';
import { expect, test } from 'vitest';
import { type PipelineModel, pipeline } from '../src/index.js';
import { referenceBackend } from './reference-backend.js';
import { smallTokenizer } from './small-tokenizer.js';

const exitTable = tinyRandomTable(tinyConfig(), 5);
const WORDS = ['the', 'film', 'is', 'good', 'bad', 'Angela', 'Merkel', 'Berlin', 'dull', 'one', 'two', 'three'];
const TEXTS = Array.from({ length: 60 }, (_, i) =>
  Array.from({ length: 1 + (i % 9) }, (_, j) => WORDS[(i * 7 + j * 5) % WORDS.length]).join(' '),
);

test('text classification on ONNX Runtime agrees with the reference, in any batch', async () => {
  const model: PipelineModel = { ...tinyCheckpoint({ exitTable }), tokenizer: smallTokenizer() };
  const reference = await pipeline('text-classification', model, { backend: referenceBackend() });
  const classify = await pipeline('text-classification', model, { backend: onnx() });
  const wanted = await reference(TEXTS);
  for (const batchSize of [1, 7, 64]) {
    const answers = await classify(TEXTS, { batchSize });
    answers.forEach(({ label, score }, i) => {
      expect(score).toBeCloseTo(wanted[i].score, 4);
      if (wanted[i].score > 0.51) expect(label).toBe(wanted[i].label);
    });
  }
  const [own, plain] = [await classify.run(TEXTS), await reference.run(TEXTS)];
  expect(own.summary.meanExitLayer).toBe(plain.summary.meanExitLayer);
  expect(own.summary.denseMacs).toBe(plain.summary.denseMacs);
  expect(own.summary.countedSpeedup).toBeGreaterThan(1);
  await classify.dispose();
});

test('token classification on ONNX Runtime agrees with the reference', async () => {
  const heads = [tinyHead('token-classification', 3)];
  const model: PipelineModel = { ...tinyCheckpoint({ exitTable, heads }), tokenizer: smallTokenizer() };
  const options = { aggregation: 'none', ignoreLabels: [] } as const;
  const wanted = await (await pipeline('token-classification', model, { backend: referenceBackend() }))(TEXTS, options);
  const tag = await pipeline('token-classification', model, { backend: onnx() });
  (await tag(TEXTS, options)).forEach(({ entities }, i) => {
    expect(entities).toEqual(wanted[i].entities.map((each) => ({ ...each, score: expect.closeTo(each.score, 4) })));
  });
  await tag.dispose();
});
