import { setTimeout as wait } from 'node:timers/promises';
import type { Encoder, TokenBatch } from '@hashee/core';
import { onnx } from '@hashee/runtime-onnx';
import { expect, it } from 'vitest';
import { measureThroughput, percentiles } from '../src/index.js';
import { sequencesFor, tinyModel } from './tiny-model.js';

const model = tinyModel('sequence-classification');
const sequences = sequencesFor('sequence-classification', 3, 50);

it('times variants against each other, and counts what they computed', async () => {
  const backend = onnx({ threads: 1 });
  const dense = await backend.load(model, { exitTable: null });
  const exits = await backend.load(model);
  const seen: string[] = [];
  const result = await measureThroughput(
    [
      { name: 'dense', model: dense },
      { name: 'exits', model: exits },
    ],
    sequences,
    { batchSize: 8, rounds: 3, warmup: 1, onRun: ({ done, total, name }) => seen.push(`${name} ${done}/${total}`) },
  );
  const tokens = sequences.reduce((sum, { inputIds }) => sum + inputIds.length, 0);
  // Seven batches, four a turn.
  expect(result).toMatchObject({ batchSize: 8, sequences: 50, tokens, batches: 7, turns: 1, roundCount: 3, warmup: 1 });
  expect(seen.at(-1)).toMatch(/ 8.8$/);
  const [first, second] = result.variants;
  expect(first.speedup).toBeUndefined();
  expect(second.speedup).toMatchObject({ pairs: 3, level: 0.95 });
  for (const { rounds, batchMilliseconds, sequencesPerSecond, tokensPerSecond, work } of result.variants) {
    expect(rounds).toHaveLength(3);
    expect(batchMilliseconds.count).toBe(21);
    expect(batchMilliseconds.p50).toBeLessThanOrEqual(batchMilliseconds.p99);
    const middle = [...rounds].sort((a, b) => a - b)[1];
    expect(sequencesPerSecond).toBeCloseTo(50_000 / middle, 6);
    expect(tokensPerSecond / sequencesPerSecond).toBeCloseTo(tokens / 50, 6);
    expect(work).toMatchObject({ sequences: 50, tokens });
  }
  expect(first.work.tokensByExitLayer).toEqual([0, 0, tokens]);
  expect(second.work.macs).toBeLessThan(first.work.macs);
  expect(second.work.denseMacs).toBe(first.work.denseMacs);
  await dense.dispose();
  await exits.dispose();
});

it('measures the times of batches and nothing else', async () => {
  const account = (batch: TokenBatch): Awaited<ReturnType<Encoder['forward']>> => ({
    logits: new Float32Array(0),
    labels: 0,
    account: {
      ...{ runtime: 'r', device: 'd', dtype: 't', activeTokens: [0], attention: ['none'], macs: 1, denseMacs: 2 },
      ...{ exitLayers: new Uint8Array(batch.inputIds.length), milliseconds: 0 },
    },
  });
  const sizes: number[] = [];
  const sleeper = {
    forward: async (batch: TokenBatch) => {
      sizes.push(batch.inputIds.length / (batch.offsets.length - 1));
      await wait(batch.offsets.length - 1 === 4 ? 20 : 2);
      return account(batch);
    },
  };
  const options = { batchSize: 4, rounds: 2, warmup: 0, batchesPerTurn: 2 };
  const { variants, turns } = await measureThroughput(
    [{ name: 'sleeper', model: sleeper }],
    sequences.slice(0, 18),
    options,
  );
  expect(turns).toBe(2);
  expect(variants[0].batchMilliseconds.count).toBe(10);
  expect(variants[0].batchMilliseconds.p50).toBeGreaterThan(18);
  expect(variants[0].batchMilliseconds.p50).toBeLessThan(200);
  expect(variants[0].busyThreads).toBeLessThan(0.9);
  expect(variants[0].work).toMatchObject({ sequences: 18, macs: 5, denseMacs: 10 });
  // A turn has a longer and a shorter batch.
  expect(sizes[0]).toBeGreaterThan(sizes[1]);
  await expect(measureThroughput([], sequences)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await expect(measureThroughput([{ name: 'a', model: sleeper }], [])).rejects.toThrow('needs sequences');
});

it('percentiles', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  const { p50, p90, p95, p99, maximum, mean, count } = percentiles(values);
  // As NumPy has them.
  expect([p50, p90, p95, p99]).toEqual([50.5, 90.1, 95.05, 99.01].map((value) => expect.closeTo(value, 9)));
  expect([maximum, mean, count]).toEqual([100, 50.5, 100]);
  expect(() => percentiles([])).toThrow('not defined');
});
