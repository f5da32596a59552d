import { loadModel } from '@hashee/checkpoint';
import { pipeline } from '@hashee/pipeline';
import { onnx } from '@hashee/runtime-onnx';
import { expect, test } from 'vitest';
import { directory } from '../src/index.js';

const sentences = {
  positive: ['A gripping, funny film.', 'A warm and moving portrait of a family.', 'What a delight!'],
  negative: ['A dull, lifeless mess.', 'Too long, badly acted and never once funny.', 'I want my two hours back.'],
};

test('tells clear praise from clear blame, with exits and less work', async () => {
  const model = await loadModel(directory);
  const classify = await pipeline('text-classification', model, { backend: onnx() });
  const { results, summary } = await classify.run([...sentences.positive, ...sentences.negative]);
  expect(results.map(({ label }) => label)).toEqual([
    ...sentences.positive.map(() => 'positive'),
    ...sentences.negative.map(() => 'negative'),
  ]);
  expect(summary.countedSpeedup).toBeGreaterThan(1.8);
  await classify.dispose();
});
