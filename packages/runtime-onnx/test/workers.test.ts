import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { collate, HasheeError, type TokenBatch } from '@hashee/core';
import { conformanceCases, tinyBatch, tinyCheckpoint, tinyHead, tinyRandomTable } from '@hashee/core/testing';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { fromErrorMessage, toErrorMessage } from '../src/workers/error-message.js';
import { onnxWorkers } from '../src/workers/index.js';
import { bundleWorker } from './bundled-worker.js';

const { createWorker: start, remove } = await bundleWorker();
const started: Worker[] = [];
const createWorker = (): Worker => {
  const worker = start();
  started.push(worker);
  return worker;
};
const exits = (): Worker => new Worker('process.exit(3)', { eval: true });
beforeEach(() => void started.splice(0));
afterAll(remove);

// All cases of inference pass. Those about numbers run the same code as with onnx(), and each starts threads of its own.
const CASES =
  /^(lifetime|account: (names|exit layers)|forward: (an encoder|empty|a model without|results follow)|exits: (exit layers of|the exitTable)|refused: (an unknown|weights that are|a batch with a neg))/;

describe('conformance', () => {
  const backend = onnxWorkers({ workers: 1, createWorker });
  for (const { name, run, skipped } of conformanceCases({ backend }))
    if (CASES.test(name)) test.skipIf(skipped)(name, run);
});

/** Big enough to compute for a while. */
const config = { hiddenSize: 384, embeddingSize: 384, headSize: 32, intermediateSize: 1536, heads: [12, 12, 12] };
const large = tinyCheckpoint({ config, heads: [tinyHead('sequence-classification', 3)] });
const largeBatch = tinyBatch(large.config, { lengths: new Array(200).fill(12) });

describe('threads', () => {
  test('the event loop goes on while batches are computed', async () => {
    const encoder = await onnxWorkers({ workers: 1, createWorker }).load(large);
    await encoder.forward(largeBatch);
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 1);
    const before = performance.eventLoopUtilization();
    const { account } = await encoder.forward(largeBatch);
    const { utilization } = performance.eventLoopUtilization(before);
    clearInterval(ticking);
    expect(account.milliseconds).toBeGreaterThan(20);
    expect(utilization).toBeLessThan(0.5);
    expect(ticks).toBeGreaterThan(5);
    await encoder.dispose();
  });

  test('all workers get batches, and answers come to their own calls', async () => {
    const checkpoint = tinyCheckpoint({ exitTable: tinyRandomTable(tinyCheckpoint().config) });
    const encoder = await onnxWorkers({ workers: 2, createWorker }).load(checkpoint);
    expect(encoder.concurrency).toBe(2);
    expect(started).toHaveLength(2);
    const batches = Array.from({ length: 12 }, (_, seed) => tinyBatch(checkpoint.config, { seed, lengths: [3, 9, 5] }));
    const together = await Promise.all(batches.map((batch) => encoder.forward(batch)));
    for (const [i, batch] of batches.entries())
      expect((await encoder.forward(batch)).logits).toEqual(together[i].logits);
    await encoder.dispose();
  });

  test('batches that are views stay as they are', async () => {
    const encoder = await onnxWorkers({ workers: 1, createWorker }).load(tinyCheckpoint());
    const ids = Int32Array.of(9, 9, 2, 10, 11, 3, 9);
    const view: TokenBatch = { ...collate([{ inputIds: [2, 10, 11, 3] }]), inputIds: ids.subarray(2, 6) };
    const { logits } = await encoder.forward(view);
    expect(logits).toEqual((await encoder.forward(collate([{ inputIds: [2, 10, 11, 3] }]))).logits);
    expect(ids.join()).toBe('9,9,2,10,11,3,9');
    await encoder.dispose();
  });

  test('aborts reach batches that wait, at once', async () => {
    const encoder = await onnxWorkers({ workers: 1, createWorker }).load(large);
    const first = encoder.forward(largeBatch);
    const controller = new AbortController();
    const waiting = [1, 2, 3].map(() => encoder.forward(largeBatch, { signal: controller.signal }));
    controller.abort('enough');
    for (const call of waiting) await expect(call).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' });
    expect((await first).logits).toHaveLength(600);
    await encoder.dispose();
  });

  test('q8 runs from the one file that was written', async () => {
    const encoder = await onnxWorkers({ workers: 2, createWorker }).load(large, { dtype: 'q8' });
    const [a, b] = await Promise.all([encoder.forward(largeBatch), encoder.forward(largeBatch)]);
    expect(a.logits).toEqual(b.logits);
    expect(a.account.dtype).toBe('q8');
    await encoder.dispose();
  });
});

describe('a worker that is lost', () => {
  test('fails the batch it had, is reported, and is replaced', async () => {
    const lost: HasheeError[] = [];
    const backend = onnxWorkers({ workers: 1, createWorker, onWorkerLost: (error) => lost.push(error) });
    const encoder = await backend.load(large);
    const calls = [1, 2, 3, 4].map(() => encoder.forward(largeBatch));
    const [first, ...others] = calls;
    void started[0].terminate();
    await expect(first).rejects.toMatchObject({ code: 'RUNTIME', message: expect.stringContaining('unexpectedly') });
    for (const call of others) expect((await call).logits).toHaveLength(600);
    expect(started).toHaveLength(2);
    expect(lost).toHaveLength(1);
    await encoder.dispose();
  });

  test('and can’t be replaced fails what waits; the next batch tries again', async () => {
    let sound = true;
    const create = (): Worker => (sound ? createWorker() : exits());
    const encoder = await onnxWorkers({ workers: 1, createWorker: create }).load(tinyCheckpoint());
    const batch = tinyBatch(tinyCheckpoint().config);
    sound = false;
    await started[0].terminate();
    await expect(encoder.forward(batch)).rejects.toMatchObject({ code: 'RUNTIME', fields: { exitCode: 3 } });
    sound = true;
    expect((await encoder.forward(batch)).logits.length).toBeGreaterThan(0);
    await encoder.dispose();
  });

  test('at the start refuses the load', async () => {
    const loading = onnxWorkers({ workers: 2, createWorker: exits }).load(tinyCheckpoint());
    await expect(loading).rejects.toMatchObject({ code: 'RUNTIME', fields: { exitCode: 3 } });
    const throws = (): never => {
      throw new RangeError('no threads left');
    };
    const refused = onnxWorkers({ workers: 2, createWorker: throws }).load(tinyCheckpoint());
    await expect(refused).rejects.toMatchObject({ code: 'RUNTIME', message: expect.stringContaining('no threads') });
  });
});

test('errors keep code, fields and cause on their way', () => {
  const cause = new RangeError('too far');
  const error = new HasheeError('INVALID_BATCH', 'No.', { fields: { token: 3, odd: () => 1 }, cause });
  const back = fromErrorMessage(structuredClone(toErrorMessage(error)));
  expect(HasheeError.isInstance(back, 'INVALID_BATCH')).toBe(true);
  expect(back).toMatchObject({ message: 'No.', fields: { token: 3, odd: '() => 1' }, cause: { message: 'too far' } });
  expect(fromErrorMessage(toErrorMessage(cause))).toMatchObject({ code: 'RUNTIME', cause: { message: 'too far' } });
});

test('options out of range are refused', () => {
  expect(() => onnxWorkers({ workers: 0 })).toThrow(/workers must be an integer/);
  expect(() => onnxWorkers({ threads: 1.5 })).toThrow(/onnxWorkers\(\): threads/);
});
