import {
  type Backend,
  type Checkpoint,
  type Encoder,
  HasheeError,
  type LoadOptions,
  type Trainer,
  type TrainingSpec,
  throwIfAborted,
} from '@hashee/core';
import type { AttentionPreference } from './encoder/choose-shape.js';
import { requiredTensors, resolveModel } from './inference/model.js';
import { OnnxEncoder } from './inference/onnx-encoder.js';
import { SessionPool } from './inference/session-pool.js';
import { loadOrt, type OrtModule } from './session/ort.js';
import { bindWeights } from './session/weight-binding.js';
import { OnnxTrainer } from './training/onnx-trainer.js';

export interface OnnxOptions {
  /** Only `cpu` so far. @default 'cpu' */
  readonly device?: 'cpu' | undefined;
  /** Threads inside one operator. For throughput use one thread a process, for the least latency all cores. @default ONNX Runtime's own choice, one a core */
  readonly threads?: number | undefined;
  /** How keys and values of layers with frozen tokens are obtained; the results are equal to rounding. @default 'auto', the cheaper one for each layer and batch */
  readonly attention?: AttentionPreference | undefined;
  /** An onnxruntime module to use instead of importing `onnxruntime-node`. */
  readonly ort?: OrtModule | undefined;
}

/** Checks what comes from callers without types. */
function validate(options: OnnxOptions): void {
  const { threads, device, attention } = options;
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1 || threads > 1024))
    throw new HasheeError('INVALID_ARGUMENT', `onnx(): threads must be an integer from 1 to 1024, got ${threads}.`, {
      fields: { threads },
    });
  if (device !== undefined && device !== 'cpu')
    throw new HasheeError('UNSUPPORTED', `onnx(): device must be "cpu", got ${JSON.stringify(device)}.`, {
      fields: { device },
    });
  if (attention !== undefined && !['auto', 'projected', 'absorbed'].includes(attention))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `onnx(): attention must be auto, projected or absorbed, got ${JSON.stringify(attention)}.`,
      { fields: { attention } },
    );
}

/** A backend on ONNX Runtime. `onnxruntime-node` is loaded when a model is. */
export function onnx(options: OnnxOptions = {}): Backend {
  validate(options);
  const settings = { threads: options.threads, executionProviders: ['cpu'] };
  return {
    specificationVersion: 'v1',
    name: 'onnx',
    capabilities: { training: true, passes: true, dtypes: ['fp32'], devices: ['cpu'] },

    async load(checkpoint: Checkpoint, load: LoadOptions = {}): Promise<Encoder> {
      if (load.dtype !== undefined && load.dtype !== 'fp32')
        throw new HasheeError('UNSUPPORTED', `The onnx runtime has dtype fp32, got ${JSON.stringify(load.dtype)}.`, {
          fields: { dtype: load.dtype, supported: ['fp32'] },
        });
      const aborted = (): void => throwIfAborted(load.signal, 'Loading the model');
      aborted();
      const model = resolveModel(checkpoint, load);
      const names = requiredTensors(model.config, model.heads, checkpoint.weights);
      const ort = await loadOrt(options.ort);
      const binding = await bindWeights(
        checkpoint.weights,
        names,
        (name, loaded, total) => load.onProgress?.({ status: 'reading', name, loaded, total }),
        aborted,
      );
      const pool = new SessionPool({ ...settings, ort }, binding, 'encoder', binding.dispose);
      try {
        aborted();
      } catch (error) {
        await pool.dispose();
        throw error;
      }
      load.onProgress?.({ status: 'ready' });
      return new OnnxEncoder(model, pool, options.attention ?? 'auto');
    },

    async createTrainer(checkpoint: Checkpoint, spec: TrainingSpec): Promise<Trainer> {
      const ort = await loadOrt(options.ort);
      return OnnxTrainer.create(checkpoint, spec, { ...settings, ort }, options.attention ?? 'auto');
    },
  };
}
