import { throwIfAborted } from './abort.js';

export interface WindowReaderOptions {
  /** Values in a full window. */
  readonly size: number;
  /** Milliseconds after which a window goes out although it isn't full. @default waits for as long as it takes */
  readonly maxWait?: number | undefined;
  /** An abort also ends the wait for a value that never comes. */
  readonly signal?: AbortSignal | undefined;
  /** Who was aborted, for the message. */
  readonly what: string;
}

/** Reads any iterable in windows of `size` values; the last one, and one that waited too long, may be shorter. */
export async function* readWindows<T>(
  source: Iterable<T> | AsyncIterable<T>,
  { size, maxWait, signal, what }: WindowReaderOptions,
): AsyncGenerator<T[], void, undefined> {
  throwIfAborted(signal, what);
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let wake: (value: 'interrupted') => void = () => {};
  let overdue = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onAbort = (): void => wake('interrupted');
  const onTimeout = (): void => {
    overdue = true;
    wake('interrupted');
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  let window: T[] = [];
  let pending: Promise<IteratorResult<T, unknown>> | undefined;
  let finished = false;
  const take = (): T[] => {
    clearTimeout(timer);
    timer = undefined;
    overdue = false;
    const full = window;
    window = [];
    return full;
  };
  try {
    while (!finished) {
      throwIfAborted(signal, what);
      pending ??= Promise.resolve(iterator.next());
      const value = pending;
      // Not Promise.race: on promises that stay pending it would keep a reaction for every value read.
      const step = await new Promise<IteratorResult<T, unknown> | 'interrupted'>((resolve, reject) => {
        wake = resolve;
        value.then(resolve, reject);
      });
      throwIfAborted(signal, what);
      if (step !== 'interrupted') {
        pending = undefined;
        if (step.done) finished = true;
        else window.push(step.value);
      }
      if (window.length > 0 && (window.length === size || finished || overdue)) yield take();
      else if (window.length === 1 && maxWait !== undefined && timer === undefined)
        timer = setTimeout(onTimeout, maxWait);
    }
  } catch (error) {
    // A source that failed is over; only one that is left early has to be closed.
    if (!signal?.aborted) finished = true;
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    if (!finished) {
      const closing = Promise.resolve(iterator.return?.());
      // A generator that waits for a value can't be closed before the value comes, so an abort doesn't wait for it.
      if (pending) closing.catch(() => {});
      else await closing;
    }
  }
}
