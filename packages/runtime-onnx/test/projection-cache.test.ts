import type { Checkpoint, TokenBatch } from '@hashee/core';
import { tinyBatch, tinyCheckpoint, tinyConfig, tinyRandomTable } from '@hashee/core/testing';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { onnx } from '../src/index.js';
import { bindModel } from '../src/inference/bound-model.js';
import { ProjectionCache } from '../src/inference/projection-cache.js';
import { SessionPool } from '../src/inference/session-pool.js';

const LENGTHS = [14, 20, 3, 17, 8, 20, 20, 5, 18, 12, 20, 3, 16];

function model(name: Parameters<typeof tinyConfig>[0] = 'bert'): Checkpoint {
  const config = tinyConfig(name, { maxLength: 20 });
  return tinyCheckpoint({ config, exitTable: tinyRandomTable(config, 2) });
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);
}

describe('projections of words seen before', () => {
  test.each(['bert', 'roberta', 'distilbert', 'wide-heads'] as const)('change nothing: %s', async (name) => {
    const checkpoint = model(name);
    const cached = await onnx({ threads: 1 }).load(checkpoint);
    const plain = await onnx({ threads: 1, cacheProjections: false }).load(checkpoint);
    for (const seed of [1, 2, 1]) {
      const batch = tinyBatch(checkpoint.config, { lengths: LENGTHS, seed });
      const [own, wanted] = [
        await cached.forward(batch, { hidden: true }),
        await plain.forward(batch, { hidden: true }),
      ];
      expect(largestDifference(own.hidden!, wanted.hidden!)).toBeLessThan(2e-5);
      expect(largestDifference(own.logits, wanted.logits)).toBeLessThan(2e-5);
      expect(own.account.macs).toBe(wanted.account.macs);
    }
    await cached.dispose();
    await plain.dispose();
  });

  test('don’t depend on what came before', async () => {
    const checkpoint = model();
    const [fresh, used] = [await onnx({ threads: 1 }).load(checkpoint), await onnx({ threads: 1 }).load(checkpoint)];
    const batch = tinyBatch(checkpoint.config, { lengths: LENGTHS, seed: 3 });
    for (const seed of [4, 5]) await used.forward(tinyBatch(checkpoint.config, { lengths: LENGTHS, seed }));
    expect(largestDifference((await used.forward(batch)).logits, (await fresh.forward(batch)).logits)).toBeLessThan(
      1e-6,
    );
    await fresh.dispose();
    await used.dispose();
  });

  test('are refused for other values than true and false', () => {
    expect(() => onnx({ cacheProjections: 'yes' as never })).toThrow(
      /cacheProjections must be true or false, got "yes"/,
    );
  });
});

describe('tables of words', () => {
  const checkpoint = model();
  const { config } = checkpoint;
  const width = config.heads[0] * config.headSize;

  /** @param words that fit */
  async function cacheOf(words: number): Promise<{ cache: ProjectionCache; dispose: () => Promise<void> }> {
    const { bound, release } = await bindModel(checkpoint, { dtype: 'fp32' });
    const bind = (name: string) => bound.tensors.get(name)!;
    const settings = { ort, threads: 1, executionProviders: ['cpu'] };
    const pool = new SessionPool(settings, { folder: bound.folder, bind }, 'encoder', release);
    return { cache: ProjectionCache.for(config, pool, words * 3 * width * 4)!, dispose: () => pool.dispose() };
  }

  /** 8 sequences of 20 tokens, all of them among `words` words from `from` on. */
  function batchOf(from: number, words: number): TokenBatch {
    const batch = tinyBatch(config, { lengths: new Array<number>(8).fill(20) });
    return {
      ...batch,
      inputIds: batch.inputIds.map((_, t) => from + (t % words)),
      tokenTypeIds: batch.tokenTypeIds.map(() => 0),
    };
  }

  /** The row of a token in the tables it was told to read. */
  function rowOf(found: NonNullable<Awaited<ReturnType<ProjectionCache['lookUp']>>>, t: number): number[] {
    const { data } = found.feeds.get('words.value')!;
    return Array.from(data.subarray(found.slots[t] * width, (found.slots[t] + 1) * width), Number);
  }

  test('begin anew when they are full, and batches keep those they were given', async () => {
    const { cache, dispose } = await cacheOf(8);
    const first = (await cache.lookUp(batchOf(5, 6)))!;
    const row = rowOf(first, 0);
    const second = (await cache.lookUp(batchOf(11, 6)))!;
    expect(rowOf(first, 0)).toEqual(row);
    expect(rowOf(second, 0)).not.toEqual(row);
    expect(rowOf((await cache.lookUp(batchOf(5, 6)))!, 0)).toEqual(row);
    await dispose();
  });

  test('serve batches at the same time', async () => {
    const { cache, dispose } = await cacheOf(8);
    const alone = await cacheOf(8);
    const starts = [5, 7, 12, 9, 5, 15, 11];
    const found = await Promise.all(starts.map((from) => cache.lookUp(batchOf(from, 5))));
    for (const [index, from] of starts.entries())
      for (const t of [0, 3, 4])
        expect(rowOf(found[index]!, t)).toEqual(rowOf((await alone.cache.lookUp(batchOf(from, 5)))!, t));
    await dispose();
    await alone.dispose();
  });

  test('are left alone by batches of too many words or too few tokens', async () => {
    const { cache, dispose } = await cacheOf(8);
    expect(await cache.lookUp(batchOf(5, 9))).toBeUndefined();
    expect(await cache.lookUp(tinyBatch(config, { lengths: [20, 20, 20] }))).toBeUndefined();
    expect(await cache.lookUp(batchOf(5, 8))).toBeDefined();
    await dispose();
  });
});
