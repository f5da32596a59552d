import { type Checkpoint, type LoadOptions, MemoryWeights, throwIfAborted, type WeightSource } from '@hashee/core';
import { type ResolvedModel, requiredTensors, resolveModel } from '@hashee/core/backend';
import type { AttentionPreference } from '../encoder/choose-shape.js';
import type { Graph } from '../graph/graph.js';
import type { ParameterBinding } from '../graph/model-bytes.js';
import { cpuFeatures } from '../quantize/cpu-features.js';
import { integerWordTable, isWordTable, restoreRowsInGraph } from '../quantize/integer-rows.js';
import { quantizedTensors, quantizeForRuntime } from '../quantize/quantized-binding.js';
import type { SessionSettings } from '../session/session.js';
import { bindTensors, mapStored, type StoredTensor } from '../session/weight-binding.js';
import { OnnxEncoder } from './onnx-encoder.js';
import { SessionPool } from './session-pool.js';

/** A checked model and where its weights lie. Plain data, so that other threads can map the same file. */
export interface BoundModel {
  readonly model: ResolvedModel;
  readonly dtype: string;
  readonly reduceRange: boolean;
  /** Folder of the external files; undefined where all weights are in `tensors`. */
  readonly folder: string | undefined;
  readonly tensors: ReadonlyMap<string, ParameterBinding>;
}

export interface BindOptions extends LoadOptions {
  readonly dtype: string;
  readonly reduceRange?: boolean | undefined;
}

/**
 * Checks a checkpoint and brings its weights where sessions can map them.
 * @returns the model, and `release` to remove what was written
 * @throws HasheeError `INVALID_CONFIG`, `INVALID_CHECKPOINT`, `TABLE_MISMATCH`, `NOT_FOUND` (head), `ABORTED`, `IO`
 */
export async function bindModel(
  checkpoint: Checkpoint,
  options: BindOptions,
): Promise<{ readonly bound: BoundModel; readonly release: () => Promise<void> }> {
  const { dtype, signal, onProgress } = options;
  const { weights } = checkpoint;
  const model = resolveModel(checkpoint, options);
  const names = requiredTensors(model.config, model.heads, weights);
  const reduceRange = options.reduceRange ?? cpuFeatures().exactInt8Sums !== true;
  const aborted = (): void => throwIfAborted(signal, 'Loading the model');
  const onRead = (name: string, loaded: number, total: number): void =>
    onProgress?.({ status: 'reading', name, loaded, total });
  const mapped = dtype === 'q8' ? undefined : mapStored(weights, names);
  if (mapped) return { bound: { model, dtype, reduceRange, ...mapped }, release: async () => {} };
  const stored =
    dtype === 'q8'
      ? quantizedTensors(weights, names, reduceRange, model.config.headSize)
      : ((await withIntegerWords(weights, names)) ?? names.map((name) => ({ name, read: () => weights.read(name) })));
  const binding = await bindTensors(stored, onRead, aborted);
  try {
    aborted();
  } catch (error) {
    await binding.dispose();
    throw error;
  }
  const tensors = new Map(stored.map(({ name }) => [name, binding.bind(name)]));
  return { bound: { model, dtype, reduceRange, folder: binding.folder, tensors }, release: binding.dispose };
}

export interface OpenOptions {
  readonly attention?: AttentionPreference | undefined;
  readonly lastLayer?: 'read' | 'all' | undefined;
  readonly cacheProjections?: boolean | undefined;
  /** Called after the sessions are gone. */
  readonly release: () => Promise<void>;
}

export function openEncoder(
  { model, dtype, reduceRange, folder, tensors }: BoundModel,
  settings: SessionSettings,
  { attention = 'auto', lastLayer = 'read', cacheProjections = true, release }: OpenOptions,
): OnnxEncoder {
  const bind = (name: string): ParameterBinding => tensors.get(name)!;
  // All tensors are stored already, so none is read from here.
  const prepare =
    dtype === 'q8'
      ? (graph: Graph) => quantizeForRuntime(graph, new MemoryWeights([]), reduceRange)
      : (graph: Graph) => restoreRowsInGraph(graph, (name) => tensors.has(name));
  const pool = new SessionPool(settings, { folder, bind, prepare }, 'encoder', release);
  // 8-bit products are so cheap that looking their results up gains nothing.
  const settled = { attention, dtype, lastLayer, cacheProjections: cacheProjections && dtype !== 'q8' };
  return new OnnxEncoder(model, pool, settled);
}

/** All tensors as float32 but the word table, which stays what it is; undefined where it isn't stored as integers. */
async function withIntegerWords(weights: WeightSource, names: readonly string[]): Promise<StoredTensor[] | undefined> {
  const words = await integerWordTable(weights);
  return words && names.flatMap((name) => (isWordTable(name) ? words : [{ name, read: () => weights.read(name) }]));
}
