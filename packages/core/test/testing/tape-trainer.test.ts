import type { TrainingSpec } from '@hashee/core';
import { assertClose } from '@hashee/core/testing';
import { describe, expect, test } from 'vitest';
import { canonicalName, goldenBatch, goldenCheckpoint, readGolden, readTensors } from './golden.js';
import { TapeTrainer } from './tape-trainer.js';

/** Golden gradients and weights are float32. */
const ROUNDED = 2e-6;

function spec(task: string, more: Partial<TrainingSpec> = {}): TrainingSpec {
  return {
    seed: 1,
    dropout: 0,
    losses: [{ head: 'main', kind: task === 'regression' ? 'mse' : 'cross-entropy' }],
    ...more,
  };
}

describe('gradients of transformers', () => {
  test.each(['bert', 'bert-token-classification', 'bert-regression', 'roberta', 'albert', 'bert-hashee'])(
    '%s',
    async (folder) => {
      const golden = readGolden(`${folder}/golden.json`);
      const checkpoint = goldenCheckpoint(folder === 'bert-hashee' ? 'bert' : folder);
      const { task } = checkpoint.heads[0];
      const exits = folder === 'bert-hashee' ? { exitLayers: Uint8Array.from(golden.pinned.exitLayers) } : {};
      const trainer = await TapeTrainer.create(checkpoint, spec(task));
      const labels = task === 'regression' ? Float32Array.from(golden.labels) : Int32Array.from(golden.labels);
      const { loss } = await trainer.accumulate({ ...goldenBatch(golden.batch), ...exits }, { labels });
      expect(loss).toBeCloseTo(golden.pinned?.loss ?? golden.loss, 6);
      const gradients = readTensors(`${folder}/grads.safetensors`);
      expect([...gradients.keys()].map(canonicalName).toSorted()).toEqual(trainer.weights().names().toSorted());
      for (const [name, { data }] of gradients) {
        const scale = Math.max(1, ...data.map(Math.abs));
        assertClose(trainer.gradient(canonicalName(name)), data, ROUNDED * scale, name);
      }
    },
  );
});

test('five updates by PyTorch’s AdamW', async () => {
  const golden = readGolden('bert-adamw/golden.json');
  const { optimizer } = golden;
  const trainer = await TapeTrainer.create(goldenCheckpoint('bert'), spec('sequence-classification', { optimizer }));
  const { inputIds, tokenTypeIds, offsets } = goldenBatch(golden.batch);
  for (const { rows, learningRate, loss, gradientNorm } of golden.steps) {
    const spans = rows.map((row: number) => [offsets[row], offsets[row + 1]]);
    const of = (values: ArrayLike<number>): number[] =>
      spans.flatMap(([from, to]: [number, number]) => Array.from(values).slice(from, to));
    const lengths = spans.map(([from, to]: [number, number]) => to - from);
    const batch = {
      inputIds: Int32Array.from(of(inputIds)),
      tokenTypeIds: Uint8Array.from(of(tokenTypeIds)),
      offsets: Int32Array.from([
        0,
        ...lengths.map((_: number, i: number) => lengths.slice(0, i + 1).reduce((a: number, b: number) => a + b)),
      ]),
    };
    const labels = Int32Array.from(rows, (row: number) => golden.labels[row]);
    const result = await trainer.accumulate(batch, { labels });
    expect(result.loss).toBeCloseTo(loss, 5);
    expect((await trainer.update({ learningRate })).gradientNorm).toBeCloseTo(gradientNorm, 4);
  }
  for (const [name, { data }] of readTensors('bert-adamw/weights.safetensors'))
    assertClose(await trainer.weights().read(canonicalName(name)), data, ROUNDED, name);
});
