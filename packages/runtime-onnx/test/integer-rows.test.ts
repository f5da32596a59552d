import { fileURLToPath } from 'node:url';
import { loadCheckpoint } from '@hashee/checkpoint';
import { type Checkpoint, MemoryWeights, type WeightSource } from '@hashee/core';
import { tinyBatch, tinyCheckpoint, tinyRandomTable } from '@hashee/core/testing';
import { expect, test } from 'vitest';
import { onnx } from '../src/index.js';
import { bindModel } from '../src/inference/bound-model.js';
import { quantizeRows } from '../src/quantize/quantized-weights.js';

const WORDS = 'embeddings.word';

/** A checkpoint with its word table as integers, and the same one with the table restored to floats. */
async function twice(): Promise<{ stored: Checkpoint; restored: Checkpoint }> {
  const { config, ...rest } = tinyCheckpoint({ exitTable: tinyRandomTable(tinyCheckpoint().config) });
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const name of rest.weights.names())
    tensors.set(name, { shape: rest.weights.shape(name), data: await rest.weights.read(name) });
  const { shape, data } = tensors.get(WORDS)!;
  const rows = quantizeRows(data, shape[0], 127);
  const values = Float32Array.from(rows.integers, (value, i) => value * rows.scales[Math.floor(i / shape[1])]);
  tensors.set(WORDS, { shape, data: values });
  const restored = new MemoryWeights(tensors);
  const stored = Object.assign(new MemoryWeights(tensors), {
    async readRows(name: string) {
      return name === WORDS ? rows : undefined;
    },
    async read(name: string) {
      expect(name).not.toBe(WORDS);
      return restored.read(name);
    },
  });
  return { stored: { config, ...rest, weights: stored }, restored: { config, ...rest, weights: restored } };
}

test('a word table of integers is never restored as a whole, and gives the same bits', async () => {
  const { stored, restored } = await twice();
  const [a, b] = [await onnx({ threads: 1 }).load(stored), await onnx({ threads: 1 }).load(restored)];
  for (const lengths of [[7, 1, 12], [1]]) {
    const batch = tinyBatch(stored.config, { lengths });
    const [own, wanted] = [await a.forward(batch, { hidden: true }), await b.forward(batch, { hidden: true })];
    expect(own.logits).toEqual(wanted.logits);
    expect(own.hidden).toEqual(wanted.hidden);
    const [pass, other] = [await a.begin(batch), await b.begin(batch)];
    await pass.advance(1);
    await other.advance(1);
    expect(await pass.hidden()).toEqual(await other.hidden());
  }
  await a.dispose();
  await b.dispose();
});

test('a model stored as integers is mapped where it lies, and gives the same bits', async () => {
  const folder = fileURLToPath(new URL('../../model-sst2/model', import.meta.url));
  const { config, heads, exitTable, weights } = await loadCheckpoint(folder);
  const read: WeightSource = {
    names: () => weights.names(),
    shape: (name) => weights.shape(name),
    read: (name) => weights.read(name),
  };
  const { bound, release } = await bindModel({ config, heads, exitTable, weights }, { dtype: 'fp32' });
  expect(bound.folder).toBe(folder);
  await release();
  const batch = tinyBatch({ ...config, maxLength: 40 }, { lengths: [40, 7, 23] });
  const outputs = [];
  for (const source of [weights, read]) {
    const encoder = await onnx({ threads: 1 }).load({ config, heads, exitTable, weights: source });
    const { logits, hidden } = await encoder.forward(batch, { hidden: true });
    const pass = await encoder.begin(batch);
    await pass.advance(2);
    outputs.push({ logits, hidden, inner: await pass.hidden() });
    await encoder.dispose();
  }
  expect(outputs[0]).toEqual(outputs[1]);
});
