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
import type { Graph } from './graph/graph.js';
import { requiredTensors, resolveModel } from './inference/model.js';
import { OnnxEncoder } from './inference/onnx-encoder.js';
import { SessionPool } from './inference/session-pool.js';
import { cpuFeatures } from './quantize/cpu-features.js';
import { quantizedTensors, quantizeForRuntime } from './quantize/quantized-binding.js';
import { loadOrt, type OrtModule } from './session/ort.js';
import { bindTensors, bindWeights } from './session/weight-binding.js';
import { OnnxTrainer } from './training/onnx-trainer.js';

/** The first is the default. `q8`: linear maps with 8-bit weights, inputs quantised while running; faster, not exact. */
const DTYPES: readonly string[] = ['fp32', 'q8'];

export interface OnnxOptions {
  /** Only `cpu` so far. @default 'cpu' */
  readonly device?: 'cpu' | undefined;
  /** Threads inside one operator. For throughput use one thread a process, for the least latency all cores. @default ONNX Runtime's own choice, one a core */
  readonly threads?: number | undefined;
  /** How keys and values of layers with frozen tokens are obtained; the results are equal to rounding. @default 'auto', the cheaper one for each layer and batch */
  readonly attention?: AttentionPreference | undefined;
  /**
   * Keeps 8-bit weights of dtype `q8` within 7 bits, for processors that add pairs of products in 16 bits; costs a little
   * accuracy. @default where the processor isn't known to add them in 32 bits
   */
  readonly reduceRange?: boolean | undefined;
  /**
   * Which queries the last layer computes: those that the head reads, or all active ones, as runtimes do that don't know the head.
   * The answers are the same. @default 'read'
   */
  readonly lastLayer?: 'read' | 'all' | undefined;
  /** An onnxruntime module to use instead of importing `onnxruntime-node`. */
  readonly ort?: OrtModule | undefined;
}

/** Checks what comes from callers without types. */
function validate(options: OnnxOptions): void {
  const { threads, device, attention, reduceRange, lastLayer } = options;
  if (lastLayer !== undefined && lastLayer !== 'read' && lastLayer !== 'all')
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `onnx(): lastLayer must be read or all, got ${JSON.stringify(lastLayer)}.`,
      {
        fields: { lastLayer },
      },
    );
  if (reduceRange !== undefined && typeof reduceRange !== 'boolean')
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `onnx(): reduceRange must be true or false, got ${String(reduceRange)}.`,
      {
        fields: { reduceRange },
      },
    );
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
    capabilities: { training: true, passes: true, dtypes: [...DTYPES], devices: ['cpu'] },

    async load(checkpoint: Checkpoint, load: LoadOptions = {}): Promise<Encoder> {
      const dtype = load.dtype ?? DTYPES[0];
      if (!DTYPES.includes(dtype))
        throw new HasheeError(
          'UNSUPPORTED',
          `The onnx runtime has the dtypes ${DTYPES.join(' and ')}, got ${JSON.stringify(dtype)}.`,
          { fields: { dtype, supported: DTYPES } },
        );
      const aborted = (): void => throwIfAborted(load.signal, 'Loading the model');
      aborted();
      const model = resolveModel(checkpoint, load);
      const names = requiredTensors(model.config, model.heads, checkpoint.weights);
      const ort = await loadOrt(options.ort);
      const { weights } = checkpoint;
      const onRead = (name: string, loaded: number, total: number): void =>
        load.onProgress?.({ status: 'reading', name, loaded, total });
      const reduceRange = options.reduceRange ?? cpuFeatures().exactInt8Sums !== true;
      const binding =
        dtype === 'q8'
          ? await bindTensors(quantizedTensors(weights, names, reduceRange), onRead, aborted)
          : await bindWeights(weights, names, onRead, aborted);
      const prepare = dtype === 'q8' ? (graph: Graph) => quantizeForRuntime(graph, weights, reduceRange) : undefined;
      const pool = new SessionPool({ ...settings, ort }, { ...binding, prepare }, 'encoder', binding.dispose);
      try {
        aborted();
      } catch (error) {
        await pool.dispose();
        throw error;
      }
      load.onProgress?.({ status: 'ready' });
      const { attention = 'auto', lastLayer = 'read' } = options;
      return new OnnxEncoder(model, pool, { attention, dtype, lastLayer });
    },

    async createTrainer(checkpoint: Checkpoint, spec: TrainingSpec): Promise<Trainer> {
      const ort = await loadOrt(options.ort);
      return OnnxTrainer.create(checkpoint, spec, { ...settings, ort }, options.attention ?? 'auto');
    },
  };
}
