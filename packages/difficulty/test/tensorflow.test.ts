import { Random } from '@hashee/core';
import { bitScores, bitsOf } from '@hashee/difficulty';
import { bilstm, linear } from '@hashee/difficulty/tensorflow';
import * as cpu from '@tensorflow/tfjs-backend-cpu';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { bitsOfLogits } from '../src/bits/bits.js';
import { equalLengthBatches } from '../src/tensorflow/equal-length-batches.js';
import { wordVectors } from '../src/tensorflow/word-vectors.js';
import { madeUp } from './made-up.js';

const tensorflow = { core, layers };
const E = 6;
const random = new Random(5);
const embeddings = { data: Float32Array.from({ length: 50 * E }, () => 0.5 * random.normal()), size: E };

beforeAll(async () => {
  expect(cpu.version_cpu).toBeDefined();
  core.env().set('PROD', true);
  await core.setBackend('cpu');
});

type Rule = Parameters<typeof madeUp>[4];

function taskOf(level: 'sentence' | 'token', by: Rule, train = 240) {
  return {
    train: madeUp(train, 1, level, 2, by),
    dev: madeUp(60, 2, level, 2, by),
    test: madeUp(80, 3, level, 2, by),
    ...{ seed: 1, directory: 'unused' },
  };
}

test('batches have one length each, every sequence once', () => {
  const lengths = Array.from({ length: 100 }, (_, i) => 3 + (i % 7));
  const batches = equalLengthBatches(lengths, 4, { seed: 1, epoch: 0 });
  expect(batches.flat().sort((a, b) => a - b)).toEqual([...lengths.keys()]);
  for (const batch of batches) {
    expect(new Set(batch.map((index) => lengths[index])).size).toBe(1);
    expect(batch.length).toBeLessThanOrEqual(4);
  }
  expect(equalLengthBatches(lengths, 4, { seed: 1, epoch: 1 })).not.toEqual(batches);
});

test('the gradient of a word vector is the sum over its occurrences', () => {
  const set = madeUp(3, 1, 'sentence', 2, () => [1, 0]);
  const vectors = wordVectors(tensorflow, embeddings, [set]);
  const [first, , second] = [2, 10, 3];
  const weights = core.tensor2d(
    Float32Array.from({ length: 3 * E }, (_, i) => i + 1),
    [3, E],
  );
  const { grads } = core.variableGrads(
    () => core.sum(core.mul(vectors.lookUp([first, second, first]), weights)) as core.Scalar,
    [vectors.table],
  );
  const gradient = Object.values(grads)[0].arraySync() as number[][];
  // Rows in the order in which types occur first: 2 begins every sequence.
  expect(gradient[0]).toEqual(Array.from({ length: E }, (_, i) => i + 1 + (2 * E + i + 1)));
  const others = gradient.filter((row) => row.some((value) => value !== 0));
  expect(others).toHaveLength(2);
});

test('an id without an embedding is refused', () => {
  const set = madeUp(3, 1, 'sentence', 2, () => [1, 0]);
  const few = { data: embeddings.data.slice(0, 5 * E), size: E };
  expect(() => wordVectors(tensorflow, few, [set])).toThrow(/has no embedding: there are 5/);
});

describe('predictors from words', { timeout: 240_000 }, () => {
  /** Which words occur, wherever. */
  const byWords: Rule = (words) => [words.filter((word) => word < 25).length > words.length / 2 ? 1 : 0, 1];
  /** Which comes first: the same words in another order answer otherwise. */
  const byOrder: Rule = (words) => [words[0] < 25 ? 1 : 0, 0];

  test('linear: learns which words there are, not their order', async () => {
    const predictor = linear({ tensorflow, embeddings, epochs: 40 });
    const task = taskOf('sentence', byWords);
    const { test: logits, history } = await predictor.predict(task);
    expect(bitScores(bitsOfLogits(logits, 2), bitsOf(task.test)).layerAccuracy[0]).toBeGreaterThan(0.85);
    expect(history).toHaveLength(40);

    const ordered = taskOf('sentence', byOrder);
    const { test: guesses } = await predictor.predict(ordered);
    expect(bitScores(bitsOfLogits(guesses, 2), bitsOf(ordered.test)).layerAccuracy[0]).toBeLessThan(0.85);
  });

  test('BiLSTM: learns the order of words as well', async () => {
    const task = taskOf('sentence', byOrder, 400);
    const { test: logits } = await bilstm({ tensorflow, embeddings, epochs: 10, units: 12 }).predict(task);
    expect(bitScores(bitsOfLogits(logits, 2), bitsOf(task.test)).layerAccuracy[0]).toBeGreaterThan(0.9);
  });

  test('BiLSTM: a token sees both its neighbours', async () => {
    const by: Rule = (words, position) => [
      (words[position - 1] ?? 40) < 25 ? 1 : 0,
      (words[position + 1] ?? 40) < 25 ? 1 : 0,
    ];
    const task = taskOf('token', by, 300);
    const { test: logits } = await bilstm({
      tensorflow,
      embeddings,
      epochs: 10,
      units: 12,
      learningRate: 1e-2,
    }).predict(task);
    const { layerAccuracy } = bitScores(bitsOfLogits(logits, 2), bitsOf(task.test));
    expect(Math.min(...layerAccuracy)).toBeGreaterThan(0.85);
  });

  test('the same seed gives the same answers', async () => {
    const task = taskOf('token', byWords, 30);
    const answers = async () => (await bilstm({ tensorflow, embeddings, epochs: 1, units: 4 }).predict(task)).test;
    expect(await answers()).toEqual(await answers());
  });

  test('nothing is left in TensorFlow.js', async () => {
    const task = taskOf('token', byWords, 30);
    const before = core.memory().numTensors;
    await linear({ tensorflow, embeddings, epochs: 1 }).predict(task);
    await bilstm({ tensorflow, embeddings, epochs: 1, units: 4 }).predict(task);
    expect(core.memory().numTensors).toBe(before);
  });

  test('stops when asked to', async () => {
    const signal = AbortSignal.abort();
    const task = { ...taskOf('sentence', byWords, 30), signal };
    await expect(linear({ tensorflow, embeddings }).predict(task)).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
