import { expect, test } from 'vitest';
import { readWindows } from '../src/window-reader.js';

const what = 'Reading';

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of source) values.push(value);
  return values;
}

test('cuts sync and async iterables into windows', async () => {
  async function* numbers(): AsyncGenerator<number> {
    yield* [1, 2, 3, 4];
  }
  expect(await collect(readWindows([1, 2, 3], { size: 2, what }))).toEqual([[1, 2], [3]]);
  expect(await collect(readWindows(numbers(), { size: 2, what }))).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(await collect(readWindows([], { size: 2, what }))).toEqual([]);
});

test('hands out what it has when the next value is late, and goes on afterwards', async () => {
  let arrive: (value: number) => void = () => {};
  async function* slow(): AsyncGenerator<number> {
    yield 1;
    yield await new Promise<number>((resolve) => {
      arrive = resolve;
    });
    yield 3;
  }
  const windows = readWindows(slow(), { size: 10, maxWait: 20, what });
  expect((await windows.next()).value).toEqual([1]);
  arrive(2);
  expect((await windows.next()).value).toEqual([2, 3]);
  expect((await windows.next()).done).toBe(true);
});

test('an abort ends the wait for a value that never comes', async () => {
  const controller = new AbortController();
  let closed = 0;
  const never: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: async () => {
        closed++;
        return { done: true, value: undefined };
      },
    }),
  };
  const waiting = collect(readWindows(never, { size: 2, signal: controller.signal, what }));
  const reason = new Error('enough');
  controller.abort(reason);
  await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', message: 'Reading was aborted.', cause: reason });
  expect(closed).toBe(1);
});

test('closes the source when the consumer stops early', async () => {
  let closed = 0;
  function* source(): Generator<number> {
    try {
      yield* [1, 2, 3, 4];
    } finally {
      closed++;
    }
  }
  for await (const window of readWindows(source(), { size: 2, what })) if (window[0] === 1) break;
  expect(closed).toBe(1);
});

test('errors of the source arrive', async () => {
  function* broken(): Generator<number> {
    yield 1;
    throw new RangeError('broken source');
  }
  await expect(collect(readWindows(broken(), { size: 1, what }))).rejects.toThrow('broken source');
});

test('reading many values keeps none of them', async () => {
  function* many(): Generator<Float64Array> {
    for (let i = 0; i < 300_000; i++) yield EMPTY;
  }
  const EMPTY = new Float64Array(0);
  const { signal } = new AbortController();
  const before = process.memoryUsage().heapUsed;
  let count = 0;
  for await (const window of readWindows(many(), { size: 1000, signal, what })) count += window.length;
  expect(count).toBe(300_000);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(60e6);
});
