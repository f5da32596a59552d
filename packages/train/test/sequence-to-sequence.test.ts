import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newSequenceToSequence } from '@hashee/checkpoint';
import {
  type Backend,
  collate,
  collateTargets,
  defineEncoderConfig,
  type ExitTable,
  Random,
  type SequenceToSequenceCheckpoint,
  type SequenceToSequenceExample,
} from '@hashee/core';
import { onnx } from '@hashee/runtime-onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  likelihood,
  type SequenceToSequenceTrainOptions,
  type SequenceToSequenceTrainResult,
  type TrainEvent,
  trainSequenceToSequence,
} from '../src/index.js';

const root = mkdtempSync(join(tmpdir(), 'hashee-train-generation-'));
afterAll(() => rmSync(root, { recursive: true }));

const [PAD, START, END] = [0, 2, 3];
const VOCABULARY = 24;
const backend = onnx({ threads: 1 });

/** Sources whose output is their largest word, then their first one. */
function examples(count: number, seed: number): SequenceToSequenceExample[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const words = Array.from({ length: 2 + random.below(4) }, () => 5 + random.below(VOCABULARY - 5));
    return { inputIds: [START, ...words, END], labels: [Math.max(...words), words[0], END] };
  });
}

/** A runtime without training. */
function onlyRuns(): Backend {
  const { createSequenceToSequenceTrainer: _, ...rest } = backend;
  return rest;
}

function table(layers: number): ExitTable {
  const exitLayer = Uint8Array.from({ length: VOCABULARY }, (_, id) => (id < 5 ? layers : 1 + (id % layers)));
  return { layers, exitLayer, hash: { name: 'custom', parameters: {} } };
}

let model: SequenceToSequenceCheckpoint;
beforeAll(async () => {
  const config = defineEncoderConfig({
    ...{ vocabSize: VOCABULARY, hiddenSize: 32, layers: 3, headCount: 2, intermediateSize: 64, maxLength: 16 },
  });
  model = await newSequenceToSequence({
    ...{ encoder: { config }, decoder: { layers: 2 }, seed: 4 },
    ...{ decoderStartTokenId: START, endTokenIds: [END], padTokenId: PAD },
  });
});

const dev = examples(40, 2);
const base = (): SequenceToSequenceTrainOptions => ({
  ...{ backend, model, trainSet: examples(240, 1), dev: likelihood(dev, { batchSize: 8 }) },
  ...{ exitTable: table(3), decoderExitTable: table(2) },
  ...{ batchSize: 12, epochs: 4, learningRate: 4e-3, dropout: 0 },
});

async function essence({ model: trained, seconds: _seconds, ...rest }: SequenceToSequenceTrainResult): Promise<object> {
  const weights: Record<string, Float32Array> = {};
  for (const name of trained.weights.names()) weights[name] = await trained.weights.read(name);
  return { weights, rest };
}

describe('training an encoder-decoder', { timeout: 120_000 }, () => {
  it('learns with exits on both sides, keeps the best weights, and gives a model that says the same', async () => {
    const { model: trained, best, history } = await trainSequenceToSequence(base());
    expect(history.at(-1)!.loss).toBeLessThan(0.6 * history[0].loss);
    expect(best.score).toBe(Math.max(...history.map(({ score }) => score)));
    expect(best.metrics['accuracy']).toBeGreaterThan(0.5);
    expect(trained.exitTable?.layers).toBe(3);
    expect(trained.decoderExitTable?.layers).toBe(2);
    const loaded = await backend.loadSequenceToSequence!(trained);
    const { score } = await likelihood(dev, { batchSize: 3 }).evaluate(loaded, {});
    expect(Math.abs(score - best.score!)).toBeLessThan(1e-4);
    await loaded.dispose();
  });

  it('goes on after Ctrl-C with the same losses and weights, to the bit', async () => {
    const recipe = { ...base(), accumulation: 2, epochs: 2, evaluateEvery: 7, dropout: 0.1 };
    const lossesOf =
      (into: number[]) =>
      (event: TrainEvent): void => {
        if (event.type === 'step') into.push(event.loss);
      };
    const straight: number[] = [];
    const expected = await trainSequenceToSequence({ ...recipe, onEvent: lossesOf(straight) });
    const losses: number[] = [];
    const options = { ...recipe, directory: join(root, 'run') };
    for (const step of [3, 8]) {
      const controller = new AbortController();
      const onEvent = (event: TrainEvent): void => {
        lossesOf(losses)(event);
        if (event.type === 'step' && event.step === step) controller.abort();
      };
      const stopped = trainSequenceToSequence({ ...options, signal: controller.signal, onEvent });
      await expect(stopped).rejects.toMatchObject({ code: 'ABORTED', fields: { step } });
    }
    const result = await trainSequenceToSequence({ ...options, onEvent: lossesOf(losses) });
    expect(losses).toEqual(straight);
    expect(await essence(result)).toEqual(await essence(expected));
    // A finished run isn't repeated.
    const again = await trainSequenceToSequence({ ...options, onEvent: () => {} });
    expect(await essence(again)).toEqual(await essence(expected));
  });

  it('refuses to resume under another recipe, and says what differs', async () => {
    const options = { ...base(), epochs: 1, directory: join(root, 'other') };
    await trainSequenceToSequence(options);
    for (const [change, named] of [
      [{ labelSmoothing: 0.2 }, /labelSmoothing/],
      [{ decoderExitTable: null }, /decoderExitTable/],
      [{ trainSet: examples(240, 9) }, /trainSet/],
    ] as const)
      await expect(trainSequenceToSequence({ ...options, ...change })).rejects.toThrow(named);
  });

  it.each([
    ['an empty set', () => ({ trainSet: [] }), /training set is empty/],
    [
      'an output that is too long',
      () => ({ trainSet: [{ inputIds: [2, 3], labels: new Int32Array(17) }] }),
      /example 0.*17 tokens/,
    ],
    ['an id outside the vocabulary', () => ({ trainSet: [{ inputIds: [2, 3], labels: [99] }] }), /label 0 is 99/],
    ['nothing that counts', () => ({ trainSet: [{ inputIds: [2, 3], labels: [-1] }] }), /has a label that counts/],
    ['a table of another depth', () => ({ decoderExitTable: table(3) }), /3 layers/],
    ['a runtime that can only run', () => ({ backend: onlyRuns() }), /can't train/],
  ])('refuses %s', async (_, change, message) => {
    await expect(trainSequenceToSequence({ ...base(), ...change() })).rejects.toThrow(message);
  });
});

describe('likelihood', () => {
  it('is the negated loss without smoothing, whatever shares a batch', async () => {
    const trainer = await backend.createSequenceToSequenceTrainer!(model, { seed: 1, dropout: 0 });
    const { loss } = await trainer.accumulate(collate(dev), collateTargets(dev.map(({ labels }) => labels)));
    const present = await trainer.model();
    for (const batchSize of [1, 7, 40]) {
      const { metrics } = await likelihood(dev, { batchSize }).evaluate(present, {});
      expect(metrics['logLikelihood']).toBeCloseTo(-loss, 4);
    }
    await trainer.dispose();
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses batches of %s', (batchSize) => {
    expect(() => likelihood(dev, { batchSize })).toThrow('batchSize must be an integer from 1');
  });

  it('refuses examples without a label that counts', () => {
    const [first] = dev;
    expect(() => likelihood([])).toThrow('label that counts');
    expect(() => likelihood([{ ...first, labels: [-1, -1] }])).toThrow('label that counts');
  });
});
