import { type Checkpoint, MemoryWeights } from '@hashee/core';
import {
  readReferenceWeights,
  referenceForward,
  referenceStates,
  tinyBatch,
  tinyCheckpoint,
} from '@hashee/core/testing';
import { frequencyHash } from '@hashee/hash';
import { onnx } from '@hashee/runtime-onnx';
import { describe, expect, it } from 'vitest';
import { executedMacs, finalHead, pickLayers, pruneHeads, tableForSpeedup } from '../src/index.js';
import { smallContext } from './small-task.js';

const backend = onnx({ threads: 1 });

async function logitsOf(checkpoint: Checkpoint, batch = tinyBatch(checkpoint.config)): Promise<Float32Array> {
  const encoder = await backend.load(checkpoint);
  const { logits } = await encoder.forward(batch);
  await encoder.dispose();
  return logits;
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) expect(actual[i]).toBeCloseTo(expected[i], 4);
}

describe('pickLayers', () => {
  it.each(['bert', 'albert-groups'] as const)('takes some layers of %s', async (family) => {
    const whole = tinyCheckpoint({ family });
    const batch = tinyBatch(whole.config);
    const exits = new Uint8Array(batch.inputIds.length).fill(whole.config.layers);
    const layers = [1, 3];
    const picked = pickLayers(whole, layers);
    const states = referenceStates(whole.config, await readReferenceWeights(whole), batch, exits, layers);
    const encoder = await backend.load(picked);
    const { hidden } = await encoder.forward(batch, { hidden: true });
    expectClose(hidden!, states[whole.config.layers]);
    expectClose(await logitsOf(picked, batch), (await referenceForward(picked, batch)).logits('main'));
    await encoder.dispose();
  });

  it('gives a layer that is named twice weights of its own', async () => {
    const picked = pickLayers(tinyCheckpoint(), [2, 2]);
    expect(picked.config.layerWeights).toEqual([1, 2]);
    const [a, b] = await Promise.all(
      ['layers.1.up.weight', 'layers.2.up.weight'].map((name) => picked.weights.read(name)),
    );
    expect(a).toEqual(b);
    expect(picked.weights.names()).not.toContain('layers.3.up.weight');
  });

  it('refuses layers that are not there', () => {
    expect(() => pickLayers(tinyCheckpoint(), [1, 4])).toThrow('A model needs layers from 1 to 3, got [1, 4].');
    expect(() => pickLayers(tinyCheckpoint(), [])).toThrow(/got \[\]/);
  });
});

describe('pruneHeads', () => {
  const keeps = [
    [true, false, true],
    [false, false, false],
    [false, true, false],
  ];

  it('answers as the model does whose heads pass nothing on', async () => {
    const whole = tinyCheckpoint();
    const { headSize: D, hiddenSize: H } = whole.config;
    const masked = new MemoryWeights(
      await Promise.all(
        whole.weights.names().map(async (name) => {
          const layer = Number(/^layers\.(\d)\.output\.weight$/.exec(name)?.[1]);
          const data = (await whole.weights.read(name)).map((value, i) =>
            Number.isNaN(layer) || keeps[layer - 1][Math.floor((i % H) / D)] ? value : 0,
          );
          return [name, { shape: whole.weights.shape(name), data }] as const;
        }),
      ),
    );
    const pruned = pruneHeads(whole, keeps);
    expect(pruned.config.heads).toEqual([2, 0, 1]);
    expectClose(await logitsOf(pruned), await logitsOf({ ...whole, weights: masked }));
    expect(executedMacs(pruned.config, whole.heads[0], 12)).toBeLessThan(
      executedMacs(whole.config, whole.heads[0], 12),
    );
  });

  it('refuses a model whose layers share weights', () => {
    expect(() => pruneHeads(tinyCheckpoint({ family: 'albert' }), keeps)).toThrow(/layers with weights of their own/);
  });
});

describe('tableForSpeedup', () => {
  it('cuts a ranking so that the model is as fast as asked, as it runs', async () => {
    const context = smallContext('unused');
    const { model, dev, vocabulary } = context;
    const { config } = model;
    const head = finalHead(context);
    const sequences = dev.sequences.map(({ inputIds }) => inputIds);
    const built = await frequencyHash({
      layers: config.layers,
      config,
      tokenizer: vocabulary!,
      train: context.trainSet,
      target: { meanExitLayer: config.layers },
    });
    const at = (speedup: number): ReturnType<typeof tableForSpeedup> =>
      tableForSpeedup({ ...built, ranking: built.ranking! }, sequences, { config, head, speedup });
    expect(at(1).table.exitLayer.every((layer) => layer === config.layers)).toBe(true);
    const some = at(1.3);
    expect(some.speedup).toBeGreaterThanOrEqual(1.3);
    expect(some.speedup).toBeLessThan(1.5);
    expect(some.table.exitLayer.subarray(0, 5).every((layer) => layer === config.layers)).toBe(true);
    // Beyond what is possible: everything that may exits at once.
    const most = at(1000);
    expect(most.speedup).toBeGreaterThan(some.speedup);
    expect(new Set(most.table.exitLayer)).toEqual(new Set([1, config.layers]));
  });
});
