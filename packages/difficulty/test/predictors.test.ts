import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collate } from '@hashee/core';
import { tinyCheckpoint, tinyHead } from '@hashee/core/testing';
import {
  annotate,
  type BitPredictor,
  bitHeads,
  bitScores,
  bitsOf,
  encoderPredictor,
  exitNames,
  goldLabelPrior,
  labelDistribution,
  majority,
  typeLabelPrior,
  typeMemory,
} from '@hashee/difficulty';
import { onnx } from '@hashee/runtime-onnx';
import { afterAll, describe, expect, test } from 'vitest';
import { bitsOfLogits } from '../src/bits/bits.js';
import { madeUp } from './made-up.js';

const root = mkdtempSync(join(tmpdir(), 'hashee-difficulty-'));
afterAll(() => rmSync(root, { recursive: true }));
const backend = onnx({ threads: 1 });

async function scoreOf(predictor: BitPredictor, level: 'sentence' | 'token', by: Parameters<typeof madeUp>[4]) {
  const task = {
    train: madeUp(160, 1, level, 3, by, by === byHalf),
    dev: madeUp(60, 2, level, 3, by, by === byHalf),
    test: madeUp(60, 3, level, 3, by, by === byHalf),
    ...{ seed: 1, directory: join(root, `${level}-${predictor.name}`) },
  };
  const { test: logits, history } = await predictor.predict(task);
  return { ...bitScores(bitsOfLogits(logits, 3), bitsOf(task.test)), history, logits };
}

/** The word says it all, and each layer asks another question. */
const byWord = (words: readonly number[], position: number): number[] => {
  const word = words[Math.max(0, position)];
  return [word % 2, word < 25 ? 1 : 0, 1];
};

/** Which half of the vocabulary all words come from. */
const byHalf = (words: readonly number[]): number[] => {
  const half = words[0] < 25 ? 1 : 0;
  return [half, 1 - half, half];
};

describe('annotation', () => {
  test('a bit is whether the exit of its layer answers right, as each sequence by itself says', async () => {
    const names = exitNames(3);
    const heads = names.map((name, index) => ({ ...tinyHead('sequence-classification', index + 1), name }));
    const encoder = await backend.load(tinyCheckpoint({ heads }));
    const sequences = Array.from({ length: 40 }, (_, i) => ({
      inputIds: Int32Array.from({ length: 2 + (i % 9) }, (_, t) => 4 + ((5 * i + 11 * t) % 45)),
      label: i % 3,
    }));
    const examples = await annotate(encoder, sequences);
    for (const [index, { bits }] of examples.entries()) {
      const pass = await encoder.begin(collate([sequences[index]]));
      for (const [l, name] of names.entries()) {
        await pass.advance(l + 1);
        const logits = await pass.logits(name);
        expect(bits[l]).toBe(logits.indexOf(Math.max(...logits)) === sequences[index].label ? 1 : 0);
      }
      pass.dispose();
    }
    await encoder.dispose();
  });

  test('tokens without a label carry no bits', async () => {
    const heads = exitNames(3).map((name, index) => ({ ...tinyHead('token-classification', index + 1), name }));
    const encoder = await backend.load(tinyCheckpoint({ heads }));
    const [{ positions, bits, labels }] = await annotate(encoder, [
      { inputIds: Int32Array.of(2, 9, 8, 7, 3), label: Int32Array.of(-1, 0, -1, 3, -1) },
    ]);
    expect([...positions]).toEqual([1, 3]);
    expect([...labels]).toEqual([0, 3]);
    expect(bits.length).toBe(6);
    await encoder.dispose();
  });
});

describe('predictors without a network', () => {
  test('the majority is that of each layer in training', async () => {
    const { logits } = await scoreOf(majority, 'sentence', (words) => [words[0] < 35 ? 1 : 0, 0, 1]);
    expect([...logits.slice(0, 3)]).toEqual([1, -1, 1]);
  });

  test('the bits of a type are remembered', async () => {
    expect((await scoreOf(typeMemory, 'token', byWord)).mean).toBeGreaterThan(0.97);
  });

  test('a prior over labels sees only which labels a type has', async () => {
    const classOf = (id: number): number => (id % 2 === 0 ? 0 : 1);
    const distribution = labelDistribution(
      [
        {
          inputIds: Int32Array.from({ length: 30 }, (_, i) => 10 + i),
          label: Int32Array.from({ length: 30 }, (_, i) => classOf(10 + i)),
        },
      ],
      2,
    );
    expect(distribution.of(11)).toEqual([0, 1]);
    expect(distribution.of(99).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
    const label = (set: ReturnType<typeof madeUp>): typeof set => ({
      ...set,
      examples: set.examples.map((example) => ({
        ...example,
        labels: example.positions.map((position) => classOf(example.inputIds[position])),
      })),
    });
    const by = (words: readonly number[], position: number): number[] => [
      classOf(words[position]),
      1,
      words[position] < 25 ? 1 : 0,
    ];
    const task = {
      train: label(madeUp(100, 1, 'token', 3, by)),
      dev: label(madeUp(20, 2, 'token', 3, by)),
      test: label(madeUp(50, 3, 'token', 3, by)),
      ...{ seed: 1, directory: root },
    };
    for (const predictor of [typeLabelPrior(distribution), goldLabelPrior(2)]) {
      const { layerAccuracy } = bitScores(bitsOfLogits((await predictor.predict(task)).test, 3), bitsOf(task.test));
      // The first bit is the label, the last has nothing to do with it.
      expect(layerAccuracy.slice(0, 2)).toEqual([1, 1]);
      expect(layerAccuracy[2]).toBeLessThan(0.7);
    }
  });
});

describe('the encoder', { timeout: 120_000 }, () => {
  const model = tinyCheckpoint({ heads: [] });
  const recipe = { backend, model, epochs: 20, batchSize: 16, learningRate: 5e-3 };

  test.each([
    ['one', 'sentence'],
    ['per-layer', 'sentence'],
    ['one', 'token'],
    ['per-layer', 'token'],
  ] as const)('%s head(s) learn bits of a %s', async (heads, level) => {
    const predictor = encoderPredictor({ ...recipe, heads });
    const by = level === 'token' ? byWord : byHalf;
    const { layerAccuracy, history, logits } = await scoreOf(predictor, level, by);
    expect(Math.min(...layerAccuracy)).toBeGreaterThan(0.8);
    expect(history).toHaveLength(recipe.epochs);
    // The same call finds its training.
    expect((await scoreOf(predictor, level, by)).logits).toEqual(logits);
  });

  test('twelve bits are refused by heads on three layers', async () => {
    const twelve = madeUp(8, 1, 'sentence', 12, () => new Array<number>(12).fill(1));
    const predictor = encoderPredictor({ ...recipe, heads: 'per-layer' });
    const task = { train: twelve, dev: twelve, test: twelve, seed: 1, directory: root };
    await expect(predictor.predict(task)).rejects.toThrow(/as many bits as the encoder has layers/);
  });

  test('one head for all bits has one pooled vector', () => {
    const heads = bitHeads(model.config, 'one', 'sentence', 12);
    expect(heads.map(({ layer }) => layer)).toEqual(new Array(12).fill(3));
    expect(new Set(heads.map(({ name, shares }) => shares?.dense ?? name))).toEqual(new Set(['bit1']));
    expect(bitHeads(model.config, 'per-layer', 'token', 3).map(({ layer, dense }) => [layer, dense])).toEqual([
      [1, 'none'],
      [2, 'none'],
      [3, 'none'],
    ]);
  });
});
