import { newSequenceToSequence } from '@hashee/checkpoint';
import {
  defineEncoderConfig,
  MemoryWeights,
  Random,
  type SequenceToSequenceExample,
  type WeightSource,
} from '@hashee/core';
import { onnx } from '@hashee/runtime-onnx';
import { copyingExamples, likelihood } from '@hashee/train';
import { expect, test } from 'vitest';
import { inductionStart } from '../generation/induction-start.mjs';

const random = new Random(3);
const [FIRST, LAST] = [1, 2];
/** No token twice in a text, so that what follows it is known. */
const SOURCES = Array.from({ length: 20 }, () => {
  const ids = Array.from({ length: 190 }, (_, i) => 10 + i);
  for (let i = ids.length - 1; i > 0; i--) {
    const other = random.below(i + 1);
    [ids[i], ids[other]] = [ids[other], ids[i]];
  }
  return { inputIds: Int32Array.from([FIRST, ...ids.slice(0, 60), LAST]) };
});
const examples = copyingExamples(SOURCES, { count: 40, shown: [16, 40], copied: [6, 12] });

const newModel = (crossAttention?: 'aligned') =>
  newSequenceToSequence({
    encoder: {
      config: defineEncoderConfig({
        ...{ vocabSize: 200, hiddenSize: 128, layers: 2, intermediateSize: 256, headCount: 4, maxLength: 64 },
      }),
    },
    decoder: { layers: 2, crossAttention },
    ...{ decoderStartTokenId: FIRST, endTokenIds: [LAST], padTokenId: 0 },
  });

/** How much more likely the right copies are by the source that they are from than by another one, before any training. */
async function worthOfSource(
  model: Awaited<ReturnType<typeof newModel>>,
  examples: readonly SequenceToSequenceExample[],
): Promise<number> {
  const loaded = await onnx({ threads: 1 }).loadSequenceToSequence!(model);
  const others = examples.map((example, i) => ({ ...example, inputIds: examples[(i + 1) % examples.length].inputIds }));
  const [own, other] = [await likelihood(examples).evaluate(loaded, {}), await likelihood(others).evaluate(loaded, {})];
  await loaded.dispose();
  return own.score - other.score;
}

/** Logits of random embeddings say little; the same with larger ones say what was found. */
async function louder(model: Awaited<ReturnType<typeof newModel>>): Promise<typeof model> {
  const weights: WeightSource = model.weights;
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const name of weights.names())
    tensors.set(name, { shape: weights.shape(name), data: Float32Array.from(await weights.read(name)) });
  tensors.set('decoder.vocabulary.weight', {
    shape: weights.shape('decoder.vocabulary.weight'),
    data: (await weights.read('decoder.vocabulary.weight')).map((value) => 10 * value),
  });
  return { ...model, config: { ...model.config, tiedVocabulary: false }, weights: new MemoryWeights(tensors) };
}

test('decoders that begin to copy find the source before they are trained, random ones do not', async () => {
  const model = await newModel();
  const plain = await worthOfSource(await louder(model), examples);
  const induction = await worthOfSource(await louder(await inductionStart(model, new Random(4))), examples);
  const fromStart = examples.filter(({ inputIds, labels }) => inputIds[1] === labels[0]);
  const aligned = await worthOfSource(await louder(await newModel('aligned')), fromStart);
  expect(Math.abs(plain)).toBeLessThan(0.1);
  expect(induction).toBeGreaterThan(1);
  expect(aligned).toBeGreaterThan(1);
});
