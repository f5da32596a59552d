import { describe, expect, it } from 'vitest';
import { largestBatch, runInFreshProcess } from '../src/index.js';

const task = new URL('tasks/allocate.mjs', import.meta.url);
const MEGABYTE = 1 << 20;
const plain = { execArgv: [] };

interface Held {
  readonly held: number;
  readonly pid: number;
}

describe('runInFreshProcess', () => {
  it('tells what a task took, whatever this process has used before', async () => {
    const ballast = Buffer.alloc(150 * MEGABYTE, 1);
    const peaks: number[] = [];
    for (const megabytes of [1, 60]) {
      const outcome = await runInFreshProcess<object, Held>(task, { megabytes }, plain);
      if (outcome.status !== 'done') expect.unreachable();
      expect(outcome.result.held).toBe(1);
      expect(outcome.result.pid).not.toBe(process.pid);
      peaks.push(outcome.peakMemoryBytes / MEGABYTE);
    }
    expect(peaks[0]).toBeGreaterThan(20);
    expect(peaks[0]).toBeLessThan(150);
    expect(peaks[1] - peaks[0]).toBeGreaterThan(45);
    expect(peaks[1] - peaks[0]).toBeLessThan(80);
    expect(ballast[0]).toBe(1);
  });

  it('ends what passes the limit', async () => {
    const options = { ...plain, memoryLimitBytes: 150 * MEGABYTE };
    const started = performance.now();
    const outcome = await runInFreshProcess(task, { megabytes: 300, sleep: 60_000 }, options);
    expect(outcome.status).toBe('out-of-memory');
    expect(outcome.peakMemoryBytes).toBeGreaterThan(150 * MEGABYTE);
    expect(performance.now() - started).toBeLessThan(30_000);
  });

  it('tells failures from a want of memory', async () => {
    await expect(runInFreshProcess(task, { fail: 'throw' }, plain)).rejects.toMatchObject({
      code: 'RUNTIME',
      message: expect.stringContaining('no such luck'),
    });
    await expect(runInFreshProcess(task, { fail: 'exit' }, plain)).rejects.toThrow('exit code 7');
    await expect(runInFreshProcess('no-such-module.mjs', {}, plain)).rejects.toThrow(/no-such-module/);
  });

  it('stops at an abort', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort('enough'), 300);
    const running = runInFreshProcess(task, { sleep: 60_000 }, { ...plain, signal: controller.signal });
    await expect(running).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' });
  });
});

describe('largestBatch', () => {
  it('finds the largest batch under a limit', async () => {
    const { peakMemoryBytes: base } = await runInFreshProcess(task, { batchSize: 0 }, plain);
    // Room for a little more than five sequences.
    const memoryLimitBytes = base + 5.5 * 40 * MEGABYTE;
    const seen: number[] = [];
    const found = await largestBatch(
      task,
      { megabytes: 40 },
      {
        ...{ ...plain, memoryLimitBytes },
        onAttempt: ({ batchSize }) => seen.push(batchSize),
      },
    );
    expect(found.batchSize).toBe(5);
    expect(seen).toEqual([1, 2, 4, 8, 6, 5]);
    expect(found.attempts.map(({ fits }) => fits)).toEqual([true, true, true, false, false, true]);
    for (const { fits, peakMemoryBytes } of found.attempts) expect(peakMemoryBytes <= memoryLimitBytes).toBe(fits);
  });

  it('knows where to stop', async () => {
    const roomy = { ...plain, memoryLimitBytes: 2000 * MEGABYTE, highest: 3 };
    expect((await largestBatch(task, {}, roomy)).attempts.map(({ batchSize }) => batchSize)).toEqual([1, 2, 3]);
    expect((await largestBatch(task, {}, { ...roomy, memoryLimitBytes: MEGABYTE })).batchSize).toBe(0);
    await expect(largestBatch(task, {}, { ...plain, memoryLimitBytes: 0 })).rejects.toThrow('limit above 0');
  });
});
