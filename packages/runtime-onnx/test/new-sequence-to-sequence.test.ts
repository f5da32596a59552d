import { join } from 'node:path';
import { loadCheckpoint, newSequenceToSequence } from '@hashee/checkpoint';
import { defineEncoderConfig } from '@hashee/core';
import { describe, expect, test } from 'vitest';
import { onnx } from '../src/index.js';
import { difference, GOLDEN, goldenBatch, readGolden } from './golden-files.js';

const ids = { decoderStartTokenId: 3, endTokenIds: [3], padTokenId: 0 };
const backend = onnx({ threads: 1 });

describe('an encoder-decoder from a pretrained BERT', () => {
  test.each(['random', 'encoder'] as const)('encodes as the BERT does: decoder %s', async (from) => {
    const bert = await loadCheckpoint(join(GOLDEN, 'bert'));
    const { batch, hidden } = readGolden('bert');
    const { config, weights } = await newSequenceToSequence({ encoder: bert, decoder: { layers: 2, from }, ...ids });
    // The same encoder with its own epsilon: what is left of the difference is BART's.
    const epsilon = bert.config.layerNormEpsilon;
    const exact = { ...config, encoder: { ...config.encoder, layerNormEpsilon: epsilon } };
    const model = await backend.loadSequenceToSequence!({ config: exact, weights });
    const sources = { ...goldenBatch(batch), tokenTypeIds: new Uint8Array(batch.inputIds.length) };
    const encoder = await backend.load(bert);
    const { hidden: expected } = await encoder.forward(sources, { hidden: true });
    const decoding = await model.begin(sources);
    expect(difference(decoding.memory, expected!)).toBeLessThan(1e-5);
    expect(hidden.at(-1)!.length).toBe(decoding.memory.length);
    const scores = await decoding.append(new Int32Array(sources.offsets.length - 1).fill(3));
    expect(scores.every(Number.isFinite)).toBe(true);
    await Promise.all([model.dispose(), encoder.dispose()]);
  });

  test('takes self-attention and feed-forward from spread layers, and none of the cross-attention', async () => {
    const bert = await loadCheckpoint(join(GOLDEN, 'bert'));
    const { weights } = await newSequenceToSequence({ encoder: bert, decoder: { layers: 2, from: 'encoder' }, ...ids });
    const last = bert.config.layers;
    expect(await weights.read('decoder.layers.2.self.key.weight')).toEqual(
      await bert.weights.read(`layers.${last}.key.weight`),
    );
    const cross = await weights.read('decoder.layers.1.cross.key.weight');
    const deviation = Math.sqrt(cross.reduce((sum, value) => sum + value * value, 0) / cross.length);
    expect(Math.abs(deviation - 0.02)).toBeLessThan(0.004);
  });
});

test('an aligned cross-attention is the random one with like queries and keys, and positions one further on', async () => {
  const bert = await loadCheckpoint(join(GOLDEN, 'bert'));
  const make = (crossAttention: 'random' | 'aligned') =>
    newSequenceToSequence({ encoder: bert, decoder: { layers: 2, from: 'encoder', crossAttention }, ...ids });
  const [random, aligned] = await Promise.all([make('random'), make('aligned')]);
  const H = bert.config.hiddenSize;
  for (const [part, value] of Object.entries({ query: 2, key: 2, value: 1, output: 1 }))
    for (const layer of [1, 2]) {
      const name = `decoder.layers.${layer}.cross.${part}.weight`;
      const [before, after] = await Promise.all([random.weights.read(name), aligned.weights.read(name)]);
      const added = after.map((weight, i) => weight - before[i] - (i % (H + 1) === 0 ? value : 0));
      expect(Math.max(...added.map(Math.abs))).toBeLessThan(1e-6);
    }
  const theirs = await aligned.weights.read('embeddings.position');
  const own = await aligned.weights.read('decoder.embeddings.position');
  expect(own.subarray(0, own.length - H)).toEqual(theirs.subarray(H));
  expect(await aligned.weights.read('decoder.layers.1.up.weight')).toEqual(
    await random.weights.read('decoder.layers.1.up.weight'),
  );
});

test('the same seed gives the same weights, another one others', async () => {
  const config = defineEncoderConfig({ vocabSize: 50, hiddenSize: 16, layers: 2, headCount: 2 });
  const make = (seed: number) => newSequenceToSequence({ encoder: { config }, decoder: { layers: 1 }, seed, ...ids });
  const [a, b, c] = await Promise.all([make(1), make(1), make(2)]);
  const read = (model: typeof a) => model.weights.read('decoder.layers.1.up.weight');
  expect(await read(a)).toEqual(await read(b));
  expect(difference(await read(a), await read(c))).toBeGreaterThan(0.01);
});

test('refuses what the layout of BART lacks', async () => {
  const albert = await loadCheckpoint(join(GOLDEN, 'albert'));
  await expect(newSequenceToSequence({ encoder: albert, decoder: { layers: 1 }, ...ids })).rejects.toMatchObject({
    code: 'UNSUPPORTED',
  });
  const config = defineEncoderConfig({ vocabSize: 50, hiddenSize: 16, layers: 2, headCount: 2 });
  await expect(
    newSequenceToSequence({ encoder: { config }, decoder: { layers: 1, from: 'encoder' }, ...ids }),
  ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});
