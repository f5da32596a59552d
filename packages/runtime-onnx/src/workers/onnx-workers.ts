import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import {
  type Backend,
  type Checkpoint,
  type Encoder,
  HasheeError,
  type LoadOptions,
  throwIfAborted,
} from '@hashee/core';
import { type BoundModel, bindModel } from '../inference/bound-model.js';
import { DTYPES, type OnnxOptions, resolveDtype, validateOptions } from '../onnx-options.js';
import { ThreadPool } from './thread-pool.js';
import { WorkerEncoder } from './worker-encoder.js';

export interface OnnxWorkersOptions
  extends Pick<OnnxOptions, 'attention' | 'reduceRange' | 'lastLayer' | 'cacheProjections'> {
  /** Worker threads, each with sessions of its own. @default one a core */
  readonly workers?: number | undefined;
  /** Threads inside one operator, in each worker. @default 1 */
  readonly threads?: number | undefined;
  /** Told when a worker ends unexpectedly; the batch it was computing has failed with the same error, and another is started. */
  readonly onWorkerLost?: ((error: HasheeError) => void) | undefined;
  /**
   * Starts a worker thread with the program `worker.js` of this package, for bundlers that put it elsewhere.
   * @default a Worker on the file beside this one
   */
  readonly createWorker?: (() => Worker) | undefined;
}

/**
 * A backend on ONNX Runtime whose sessions live in worker threads, so that the event loop goes on while batches are computed
 * and several run at the same time. Results are those of `onnx({ threads })`. Weights are mapped by all workers from one file.
 * Step-by-step passes and training are not offered.
 */
export function onnxWorkers(options: OnnxWorkersOptions = {}): Backend {
  const { workers = availableParallelism(), threads = 1, onWorkerLost } = options;
  const { attention, reduceRange, lastLayer, cacheProjections } = options;
  validateOptions({ threads, attention, reduceRange, lastLayer, cacheProjections }, 'onnxWorkers');
  if (!Number.isInteger(workers) || workers < 1 || workers > 1024)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `onnxWorkers(): workers must be an integer from 1 to 1024, got ${workers}.`,
      { fields: { workers } },
    );
  const createWorker = options.createWorker ?? ((): Worker => new Worker(new URL('./worker.js', import.meta.url)));
  return {
    specificationVersion: 'v1',
    name: 'onnx',
    capabilities: { training: false, passes: false, dtypes: [...DTYPES], devices: ['cpu'] },

    async load(checkpoint: Checkpoint, load: LoadOptions = {}): Promise<Encoder> {
      const dtype = resolveDtype(load.dtype);
      throwIfAborted(load.signal, 'Loading the model');
      const { bound, release } = await bindModel(checkpoint, { ...load, dtype, reduceRange });
      let pool: ThreadPool | undefined;
      try {
        pool = await ThreadPool.start({
          size: workers,
          createWorker,
          load: { kind: 'load', bound: forWorkers(bound), threads, attention, lastLayer, cacheProjections },
          onWorkerLost,
        });
        throwIfAborted(load.signal, 'Loading the model');
      } catch (error) {
        await pool?.dispose();
        await release();
        throw error;
      }
      load.onProgress?.({ status: 'ready' });
      return new WorkerEncoder(bound, pool, release);
    },
  };
}

/** How a table was made is the caller's own data, which needn't be fit to be sent. */
function forWorkers(bound: BoundModel): BoundModel {
  const { exitTable } = bound.model;
  if (!exitTable) return bound;
  const { layers, exitLayer } = exitTable;
  return { ...bound, model: { ...bound.model, exitTable: { layers, exitLayer, hash: { name: '', parameters: {} } } } };
}
