import { collate } from '@hashee/core';
import { tinyCheckpoint, tinyConfig, tinyRandomTable } from '@hashee/core/testing';
import { onnx } from '@hashee/runtime-onnx';
import { afterAll, expect, test } from 'vitest';

const exitTable = tinyRandomTable(tinyConfig());
const encoder = await onnx({ threads: 1 }).load(tinyCheckpoint({ exitTable }));
afterAll(() => encoder.dispose());

/** Lengths and ids differ, so that an answer that went to another caller is another answer. */
const batchOf = (i: number) =>
  collate([{ inputIds: Int32Array.from({ length: 3 + (i % 5) }, (_, k) => 6 + ((i * 7 + k * 3) % 30)) }]);

test('24 callers of one encoder get what each would get alone', async () => {
  const calls = Array.from({ length: 240 }, (_, i) => i);
  const alone: number[][] = [];
  for (const i of calls) alone.push([...(await encoder.forward(batchOf(i))).logits]);
  const together: number[][] = [];
  const queue = calls.values();
  const caller = async (): Promise<void> => {
    for (const i of queue) together[i] = [...(await encoder.forward(batchOf(i))).logits];
  };
  await Promise.all(Array.from({ length: 24 }, caller));
  expect(together).toEqual(alone);
  expect(new Set(alone.map(String)).size).toBeGreaterThan(20);
});

test('the memory of 10,000 calls stays flat', async () => {
  const calls = async (count: number): Promise<number> => {
    for (let i = 0; i < count; i++) await encoder.forward(batchOf(i));
    return process.memoryUsage.rss() / 1e6;
  };
  const before = await calls(2000);
  expect((await calls(10_000)) - before).toBeLessThan(40);
});
