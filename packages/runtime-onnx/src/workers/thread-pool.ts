import type { Worker } from 'node:worker_threads';
import { HasheeError, type Output, type TokenBatch } from '@hashee/core';
import type { LoadRequest } from './messages.js';
import { type Job, Thread } from './thread.js';

export interface ThreadPoolOptions {
  /** Number of threads. */
  readonly size: number;
  readonly createWorker: () => Worker;
  readonly load: LoadRequest;
  readonly onWorkerLost: ((error: HasheeError) => void) | undefined;
}

/**
 * Threads with one model each. Batches wait in one queue and go to whichever thread is free; a thread that is lost is replaced,
 * unless it couldn't load the model: then the next batch tries again.
 */
export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  readonly #threads = new Set<Thread>();
  #queue: Job[] = [];
  #id = 0;
  #started: { resolve: () => void; reject: (error: HasheeError) => void } | undefined;
  #disposal: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  private constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  /** Starts all threads and waits until each has loaded the model. @throws HasheeError of the first that couldn't */
  static async start(options: ThreadPoolOptions): Promise<ThreadPool> {
    const pool = new ThreadPool(options);
    try {
      await new Promise<void>((resolve, reject) => {
        pool.#started = { resolve, reject };
        pool.#fill();
      });
    } catch (error) {
      await pool.dispose();
      throw error;
    }
    pool.#started = undefined;
    return pool;
  }

  get size(): number {
    return this.#options.size;
  }

  /** @throws HasheeError `DISPOSED` */
  assertAlive(): void {
    if (this.#disposal) throw disposed();
  }

  /** @throws HasheeError `ABORTED`, `DISPOSED`, `RUNTIME` (thread lost), and what the computation throws */
  run(batch: TokenBatch, hidden: boolean, signal: AbortSignal | undefined): Promise<Output> {
    return new Promise<Output>((resolve, reject) => {
      const onAbort = (): void => {
        // Where the batch is computed already, its result is dropped when it comes.
        this.#queue = this.#queue.filter((waiting) => waiting !== job);
        reject(new HasheeError('ABORTED', 'The forward pass was aborted.', { cause: signal?.reason }));
      };
      const settle = (): void => signal?.removeEventListener('abort', onAbort);
      const job: Job = {
        request: { kind: 'forward', id: this.#id++, batch, hidden },
        succeed: (output) => {
          settle();
          resolve(output);
        },
        fail: (error) => {
          settle();
          reject(error);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(job);
      this.#fill();
      this.#dispatch();
    });
  }

  /** Lets batches end that are being computed, refuses those that wait, and ends all threads. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#end();
    return this.#disposal;
  }

  async #end(): Promise<void> {
    for (const { fail } of this.#queue.splice(0)) fail(disposed());
    if (this.#busy()) await new Promise<void>((resolve) => (this.#drained = resolve));
    await Promise.all([...this.#threads].map((thread) => thread.close()));
    this.#threads.clear();
  }

  #busy(): boolean {
    return [...this.#threads].some(({ jobs }) => jobs.length > 0);
  }

  #fill(): void {
    const { size, createWorker, load } = this.#options;
    while (this.#threads.size < size) {
      let worker: Worker;
      try {
        worker = createWorker();
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        this.#report(new HasheeError('RUNTIME', `A worker thread could not be started: ${reason}`, { cause }));
        return;
      }
      const thread: Thread = new Thread(worker, load, {
        onReady: () => {
          if ([...this.#threads].every(({ ready }) => ready)) this.#started?.resolve();
          this.#dispatch();
        },
        onRoom: () => {
          this.#dispatch();
          if (!this.#busy()) this.#drained?.();
        },
        onLost: (error) => this.#lose(thread, error),
      });
      this.#threads.add(thread);
    }
  }

  #lose(thread: Thread, error: HasheeError): void {
    this.#threads.delete(thread);
    const [computed, ...untouched] = thread.jobs.splice(0);
    computed?.fail(error);
    if (this.#disposal) {
      for (const { fail } of untouched) fail(disposed());
      if (!this.#busy()) this.#drained?.();
      return;
    }
    this.#queue.unshift(...untouched);
    // One that couldn't load the model isn't tried again and again.
    if (thread.ready) this.#fill();
    this.#report(error);
    this.#dispatch();
  }

  #report(error: HasheeError): void {
    if (this.#started) {
      this.#started.reject(error);
      return;
    }
    if (this.#threads.size === 0) for (const { fail } of this.#queue.splice(0)) fail(error);
    this.#options.onWorkerLost?.(error);
  }

  /** A thread gets a second batch, so that it needn't wait for this one, only while there is plenty for all. */
  #dispatch(): void {
    const ready = [...this.#threads].filter((thread) => thread.ready);
    for (const held of [0, 1])
      for (const thread of ready)
        if (thread.jobs.length === held && this.#queue.length > (held === 0 ? 0 : this.#threads.size))
          thread.run(this.#queue.shift() as Job);
  }
}

function disposed(): HasheeError {
  return new HasheeError('DISPOSED', 'This encoder was disposed of. Load the model again to go on.');
}
