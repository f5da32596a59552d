import { join } from 'node:path';
import { loadCheckpoint, readSafetensors } from '@hashee/checkpoint';
import { type Checkpoint, MemoryWeights, selectSequences, type Trainer } from '@hashee/core';
import { describe, expect, test } from 'vitest';
import { onnx } from '../src/index.js';
import { difference, GOLDEN, goldenBatch, readGolden } from './golden-files.js';

/** Largest difference relative to the tensor's own largest gradient; expected values are PyTorch's in float64. */
const RELATIVE = 1e-4;

async function golden(family: string): Promise<Checkpoint> {
  return loadCheckpoint(join(GOLDEN, family));
}

/** The gradients that tooling/golden stored under the checkpoint's names, read as if they were its weights. */
async function expectedGradients(family: string, file: string): Promise<Checkpoint['weights']> {
  const { mkdtemp, copyFile, rm } = await import('node:fs/promises');
  const { tmpdir } = await import('node:os');
  const folder = await mkdtemp(join(tmpdir(), 'hashee-golden-'));
  try {
    await copyFile(join(GOLDEN, family, 'config.json'), join(folder, 'config.json'));
    await copyFile(file, join(folder, 'model.safetensors'));
    const { weights } = await loadCheckpoint(folder);
    const tensors = await Promise.all(
      weights
        .names()
        .map(async (name) => [name, { shape: weights.shape(name), data: await weights.read(name) }] as const),
    );
    return new MemoryWeights(tensors);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compareGradients(trainer: Trainer, expected: Checkpoint['weights']): Promise<void> {
  for (const name of expected.names()) {
    const reference = await expected.read(name);
    const scale = reference.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // The key's bias shifts all scores of a query alike: its true gradient is 0.
    const tolerance = name.endsWith('key.bias') ? 1e-5 : RELATIVE * scale;
    expect(difference(trainer.gradient(name), reference), name).toBeLessThanOrEqual(tolerance);
  }
}

const losses = {
  bert: { kind: 'cross-entropy', labels: (values: number[]) => Int32Array.from(values) },
  'bert-token-classification': { kind: 'cross-entropy', labels: (values: number[]) => Int32Array.from(values) },
  'bert-regression': { kind: 'mse', labels: (values: number[]) => Float32Array.from(values) },
  albert: { kind: 'cross-entropy', labels: (values: number[]) => Int32Array.from(values) },
} as const;

describe.each(['bert', 'bert-token-classification', 'albert'] as const)(
  'gradients of %s as PyTorch computes them',
  (family) => {
    test('all parameters', async () => {
      const { batch, labels, loss } = readGolden(family);
      const { kind, labels: typed } = losses[family];
      const trainer = await onnx({ threads: 1 }).createTrainer!(await golden(family), {
        seed: 1,
        dropout: 0,
        losses: [{ head: 'main', kind }],
      });
      const result = await trainer.accumulate(goldenBatch(batch), { labels: typed(labels) });
      expect(result.loss).toBeCloseTo(loss, 4);
      await compareGradients(trainer, await expectedGradients(family, join(GOLDEN, family, 'grads.safetensors')));
      await trainer.dispose();
    });
  },
);

/** Canonical name of a tensor in a BERT checkpoint of transformers. */
function canonical(name: string): string {
  return name
    .replace(/^bert\./, '')
    .replace(/^classifier\./, 'heads.main.classifier.')
    .replace(/^encoder\.layer\.(\d+)\./, (_, index) => `layers.${Number(index) + 1}.`)
    .replace('attention.self.', '')
    .replace('attention.output.LayerNorm', 'attentionNorm')
    .replace('attention.output.dense', 'output')
    .replace('intermediate.dense', 'up')
    .replace('output.LayerNorm', 'norm')
    .replace('output.dense', 'down')
    .replace('embeddings.LayerNorm', 'embeddings.norm')
    .replace('word_embeddings.weight', 'word');
}

describe.each(['auto', 'projected', 'absorbed'] as const)(
  'gradients with exits as plain PyTorch computes them, %s',
  (attention) => {
    const file = readGolden<{
      batch: Parameters<typeof goldenBatch>[0];
      labels: number[];
      pinned: { exitLayers: number[]; loss: number };
      unpinned: { exitLayers: number[]; loss: number; gradients: Record<string, number[]> };
    }>('bert-hashee');

    async function accumulated(which: 'pinned' | 'unpinned'): Promise<Trainer> {
      const trainer = await onnx({ threads: 1, attention }).createTrainer!(await golden('bert'), {
        seed: 1,
        dropout: 0,
        losses: [{ head: 'main', kind: 'cross-entropy' }],
      });
      const batch = goldenBatch(file.batch, file[which].exitLayers);
      const result = await trainer.accumulate(batch, { labels: Int32Array.from(file.labels) });
      expect(result.loss).toBeCloseTo(file[which].loss, 4);
      return trainer;
    }

    test('special tokens run all layers', async () => {
      const trainer = await accumulated('pinned');
      await compareGradients(
        trainer,
        await expectedGradients('bert', join(GOLDEN, 'bert-hashee', 'grads.safetensors')),
      );
      await trainer.dispose();
    });

    test('any token may exit anywhere', async () => {
      const trainer = await accumulated('unpinned');
      for (const [name, reference] of Object.entries(file.unpinned.gradients)) {
        const scale = reference.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        expect(difference(trainer.gradient(canonical(name)), reference), name).toBeLessThan(RELATIVE * scale);
      }
      await trainer.dispose();
    });
  },
);

test('five AdamW updates end where torch.optim.AdamW ends', async () => {
  const { batch, labels, optimizer, steps } = readGolden<{
    batch: Parameters<typeof goldenBatch>[0];
    labels: number[];
    optimizer: { weightDecay: number; beta1: number; beta2: number; epsilon: number; maxGradientNorm: number };
    steps: { rows: number[]; learningRate: number; loss: number; gradientNorm: number }[];
  }>('bert-adamw');
  const trainer = await onnx({ threads: 1 }).createTrainer!(await golden('bert'), {
    seed: 1,
    dropout: 0,
    optimizer,
    losses: [{ head: 'main', kind: 'cross-entropy' }],
  });
  for (const { rows, learningRate, loss, gradientNorm } of steps) {
    const part = selectSequences(goldenBatch(batch), rows);
    const result = await trainer.accumulate(part, { labels: Int32Array.from(rows, (row) => labels[row]) });
    expect(result.loss).toBeCloseTo(loss, 4);
    expect((await trainer.update({ learningRate })).gradientNorm / gradientNorm).toBeCloseTo(1, 4);
  }
  const expected = await readSafetensors(join(GOLDEN, 'bert-adamw', 'weights.safetensors'));
  const weights = trainer.weights();
  for (const name of expected.names())
    expect(difference(await weights.read(canonical(name)), await expected.read(name)), name).toBeLessThan(1e-4);
  await trainer.dispose();
});
