import { join } from 'node:path';
import { loadCheckpoint } from '@hashee/checkpoint';
import { type Checkpoint, collate, MemoryWeights, type TokenBatch, type TrainingSpec } from '@hashee/core';
import { tinyBatch, tinyCheckpoint, tinyExitHeads, tinyRandomTable } from '@hashee/core/testing';
import { onnx } from '@hashee/runtime-onnx';
import { describe, expect, test } from 'vitest';
import { tfjs } from '../src/index.js';
import { difference, GOLDEN, goldenBatch, readGolden } from './golden-files.js';

const reference = onnx({ threads: 1 });

describe.each(['wasm', 'cpu'] as const)('%s beside ONNX Runtime', (engine) => {
  const backend = tfjs({ engine });

  test('logits and states of a model with exits', async () => {
    const { config } = tinyCheckpoint();
    const checkpoint = tinyCheckpoint({ exitTable: tinyRandomTable(config, 2) });
    const [ours, theirs] = [await backend.load(checkpoint), await reference.load(checkpoint)];
    for (const seed of [1, 2, 3]) {
      const batch = tinyBatch(config, { seed, lengths: [7, 1, 12, 3, 5] });
      const [a, b] = [await ours.forward(batch, { hidden: true }), await theirs.forward(batch, { hidden: true })];
      expect(difference(a.logits, b.logits)).toBeLessThan(1e-4);
      expect(difference(a.hidden!, b.hidden!)).toBeLessThan(1e-4);
    }
    await ours.dispose();
    await theirs.dispose();
  });

  test('first tokens of a pass where each sequence is one token, with exits above the layer that is read', async () => {
    const { config } = tinyCheckpoint();
    const checkpoint = tinyCheckpoint({ heads: tinyExitHeads('sequence-classification', config.layers) });
    const batch = {
      ...collate([{ inputIds: [9] }, { inputIds: [12] }, { inputIds: [20] }]),
      exitLayers: Uint8Array.of(2, 3, 2),
    };
    const [ours, theirs] = [await backend.load(checkpoint), await reference.load(checkpoint)];
    const answers = await Promise.all(
      [ours, theirs].map(async (encoder) => {
        const pass = await encoder.begin(batch);
        await pass.advance(2, { read: 'first' });
        const all = await pass.logits('exit2');
        pass.keep([2, 1]);
        return [all, await pass.logits('exit2')];
      }),
    );
    expect(difference(answers[0][0], answers[1][0])).toBeLessThan(1e-4);
    expect(difference(answers[0][1], answers[1][1])).toBeLessThan(1e-4);
    await ours.dispose();
    await theirs.dispose();
  });

  test('the cosine loss of rows of zeros is finite, as on ONNX Runtime', async () => {
    const checkpoint = tinyCheckpoint();
    const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
    for (const name of checkpoint.weights.names()) {
      const data = (await checkpoint.weights.read(name)).slice();
      if (name.startsWith('heads.main.classifier.')) data.fill(0);
      tensors.set(name, { shape: checkpoint.weights.shape(name), data });
    }
    const spec: TrainingSpec = { seed: 1, dropout: 0, losses: [{ head: 'main', kind: 'cosine', target: 'states' }] };
    for (const runtime of [backend, reference]) {
      const trainer = await runtime.createTrainer!({ ...checkpoint, weights: new MemoryWeights(tensors) }, spec);
      const { loss } = await trainer.accumulate(collate([{ inputIds: [2, 9, 3] }]), { states: new Float32Array(3) });
      expect(loss).toBe(1);
      expect((await trainer.update({ learningRate: 0 })).gradientNorm).toBe(0);
      await trainer.dispose();
    }
  });

  test('gradients of every tensor', async () => {
    const { config } = tinyCheckpoint();
    const heads = tinyExitHeads('sequence-classification', config.layers);
    const checkpoint = tinyCheckpoint({ heads, exitTable: tinyRandomTable(config, 2) });
    const spec: TrainingSpec = {
      seed: 1,
      dropout: 0,
      losses: heads.map(({ name }, index) => ({ head: name, kind: 'cross-entropy', weight: index + 1 })),
    };
    const batch = tinyBatch(config, { lengths: [7, 1, 12, 3, 5] });
    const labels = Int32Array.of(0, 2, 1, -1, 0);
    const trainers = [await backend.createTrainer!(checkpoint, spec), await reference.createTrainer!(checkpoint, spec)];
    const [ours, theirs] = trainers;
    const losses = [await ours.accumulate(batch, { labels }), await theirs.accumulate(batch, { labels })];
    expect(difference(losses[0].terms, losses[1].terms)).toBeLessThan(1e-5);
    const names = theirs.weights().names();
    const largest = Math.max(
      ...names.map((name) => theirs.gradient(name).reduce((m, g) => Math.max(m, Math.abs(g)), 0)),
    );
    for (const name of names)
      expect(difference(ours.gradient(name), theirs.gradient(name)), name).toBeLessThan(1e-4 * largest);
    for (const trainer of trainers) await trainer.dispose();
  });
});

/** Losses of 50 updates on batches that repeat. */
async function curve(
  backend: ReturnType<typeof tfjs>,
  checkpoint: Checkpoint,
  batches: readonly TokenBatch[],
  labels: readonly Int32Array[],
): Promise<number[]> {
  const trainer = await backend.createTrainer!(checkpoint, {
    seed: 1,
    dropout: 0,
    losses: [{ head: 'main', kind: 'cross-entropy' }],
  });
  const losses: number[] = [];
  for (let step = 0; step < 50; step++) {
    const index = step % batches.length;
    losses.push((await trainer.accumulate(batches[index], { labels: labels[index] })).loss);
    await trainer.update({ learningRate: 1e-3 * (1 - step / 50) });
  }
  await trainer.dispose();
  return losses;
}

test('50 updates follow the same loss curve as on ONNX Runtime', async () => {
  const golden = readGolden('bert');
  const checkpoint = await loadCheckpoint(join(GOLDEN, 'bert'));
  const { vocabSize, layers } = checkpoint.config;
  const exitLayer = Uint8Array.from({ length: vocabSize }, (_, id) => (id < 5 ? layers : 1 + (id % layers)));
  const withExits = { ...checkpoint, exitTable: { layers, exitLayer, hash: { name: 'custom', parameters: {} } } };
  const batches = [
    goldenBatch(golden.batch),
    collate([{ inputIds: [2, 11, 12, 13, 3] }, { inputIds: [2, 9, 3] }, { inputIds: [2, 41, 42, 43, 44, 45, 3] }]),
  ];
  const labels = [Int32Array.from(golden.labels), Int32Array.of(0, 2, 1)];
  const [ours, theirs] = [
    await curve(tfjs({ engine: 'wasm' }), withExits, batches, labels),
    await curve(reference, withExits, batches, labels),
  ];
  expect(difference(ours, theirs)).toBeLessThan(1e-3);
  expect(theirs[49]).toBeLessThan(0.5 * theirs[1]);
});
