import type { Worker } from 'node:worker_threads';
import { HasheeError, type Output } from '@hashee/core';
import { fromErrorMessage } from './error-message.js';
import type { Answer, ForwardRequest, LoadRequest } from './messages.js';

/** A batch on its way through a worker. */
export interface Job {
  readonly request: ForwardRequest;
  readonly succeed: (output: Output) => void;
  readonly fail: (error: HasheeError) => void;
}

export interface ThreadEvents {
  /** The model is loaded. */
  readonly onReady: () => void;
  /** A job was settled, so there is room for another. */
  readonly onRoom: () => void;
  /** Ended without being asked to; `jobs` holds what it leaves behind, the batch it was working on first. */
  readonly onLost: (error: HasheeError) => void;
}

/** A worker thread with the model. It keeps the process alive only while it has something to do. */
export class Thread {
  /** Batches that were sent and not yet answered, oldest first. */
  readonly jobs: Job[] = [];
  ready = false;
  readonly #worker: Worker;
  readonly #events: ThreadEvents;
  #over = false;
  #closed: (() => void) | undefined;

  constructor(worker: Worker, load: LoadRequest, events: ThreadEvents) {
    this.#worker = worker;
    this.#events = events;
    worker.on('message', (answer: Answer) => this.#receive(answer));
    worker.on('messageerror', (cause) => this.#lose('sent what cannot be read', cause));
    worker.on('error', (cause) => this.#lose(cause instanceof Error ? cause.message : String(cause), cause));
    worker.on('exit', (exitCode) => this.#lose(`exit code ${exitCode}`, undefined, { exitCode }));
    worker.postMessage(load);
  }

  run(job: Job): void {
    this.jobs.push(job);
    this.#worker.ref();
    const { batch } = job.request;
    // Copies, as the caller keeps its arrays; views would take the whole buffers with them.
    const inputIds = batch.inputIds.slice();
    const tokenTypeIds = batch.tokenTypeIds.slice();
    const offsets = batch.offsets.slice();
    const exitLayers = batch.exitLayers?.slice();
    const copy = { inputIds, tokenTypeIds, offsets, ...(exitLayers ? { exitLayers } : {}) };
    this.#worker.postMessage(
      { ...job.request, batch: copy },
      Object.values(copy).map(({ buffer }) => buffer),
    );
  }

  /** Frees the model and ends the thread. */
  async close(): Promise<void> {
    if (!this.#over) {
      this.#worker.ref();
      const closed = new Promise<void>((resolve) => (this.#closed = resolve));
      this.#worker.postMessage({ kind: 'close' });
      await closed;
      this.#over = true;
    }
    await this.#worker.terminate();
  }

  #receive(answer: Answer): void {
    if (answer.kind === 'closed') this.#closed?.();
    else if (answer.kind === 'refused') this.#end(fromErrorMessage(answer.error));
    else if (answer.kind === 'ready') {
      this.ready = true;
      this.#rest();
      this.#events.onReady();
    } else {
      const job = this.jobs.splice(
        this.jobs.findIndex(({ request }) => request.id === answer.id),
        1,
      )[0];
      this.#rest();
      if (answer.kind === 'output') job.succeed(answer.output);
      else job.fail(fromErrorMessage(answer.error));
      this.#events.onRoom();
    }
  }

  #rest(): void {
    if (this.jobs.length === 0 && !this.#closed) this.#worker.unref();
  }

  #lose(reason: string, cause: unknown, fields: Record<string, unknown> = {}): void {
    const what = this.ready ? 'A worker thread ended unexpectedly' : 'A worker thread could not be started';
    const lost = this.jobs.length > 0 ? ' The batch it was computing is lost; run it again.' : '';
    this.#end(new HasheeError('RUNTIME', `${what}: ${reason}.${lost}`, { fields, cause }));
  }

  #end(error: HasheeError): void {
    this.#closed?.();
    if (this.#over) return;
    this.#over = true;
    void this.#worker.terminate();
    this.#events.onLost(error);
  }
}
