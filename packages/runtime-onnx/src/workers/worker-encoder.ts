import {
  type Encoder,
  type EncoderConfig,
  type ExitTable,
  type ForwardOptions,
  HasheeError,
  type HeadConfig,
  type Output,
  type Pass,
  type TokenBatch,
  throwIfAborted,
  validateBatch,
} from '@hashee/core';
import type { BoundModel } from '../inference/bound-model.js';
import type { ThreadPool } from './thread-pool.js';

/** Core's Encoder on worker threads: batches go to whichever is free, and the caller's thread never computes. */
export class WorkerEncoder implements Encoder {
  readonly config: EncoderConfig;
  readonly head: HeadConfig | undefined;
  readonly heads: readonly HeadConfig[];
  readonly exitTable: ExitTable | undefined;
  readonly dtype: string;
  readonly concurrency: number;
  readonly #pool: ThreadPool;
  readonly #release: () => Promise<void>;
  #disposal: Promise<void> | undefined;

  /** @param release called after the threads are gone */
  constructor({ model, dtype }: BoundModel, pool: ThreadPool, release: () => Promise<void>) {
    this.config = model.config;
    this.head = model.head;
    this.heads = model.heads;
    this.exitTable = model.exitTable;
    this.dtype = dtype;
    this.concurrency = pool.size;
    this.#pool = pool;
    this.#release = release;
  }

  async forward(batch: TokenBatch, options: ForwardOptions = {}): Promise<Output> {
    this.#pool.assertAlive();
    throwIfAborted(options.signal, 'The forward pass');
    validateBatch(batch, this.config);
    return this.#pool.run(batch, options.hidden === true, options.signal);
  }

  async begin(): Promise<Pass> {
    this.#pool.assertAlive();
    throw new HasheeError(
      'UNSUPPORTED',
      'Step-by-step passes don’t run on worker threads. Load the model with onnx() of @hashee/runtime-onnx for them.',
    );
  }

  dispose(): Promise<void> {
    this.#disposal ??= this.#pool.dispose().finally(this.#release);
    return this.#disposal;
  }
}
