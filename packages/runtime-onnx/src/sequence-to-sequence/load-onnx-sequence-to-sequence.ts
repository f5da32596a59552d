import {
  assertTableFits,
  decoderTensors,
  MemoryWeights,
  type SequenceToSequenceCheckpoint,
  type SequenceToSequenceLoadOptions,
  throwIfAborted,
  VOCABULARY_BIAS,
  validateSequenceToSequenceConfig,
  WORD_TABLE,
} from '@hashee/core';
import { assertTensors } from '@hashee/core/backend';
import type { Graph } from '../graph/graph.js';
import type { ParameterBinding } from '../graph/model-bytes.js';
import { bindModel, openEncoder } from '../inference/bound-model.js';
import { SessionPool } from '../inference/session-pool.js';
import type { OnnxOptions } from '../onnx-options.js';
import { quantizedTensors, quantizeForRuntime } from '../quantize/quantized-binding.js';
import type { SessionSettings } from '../session/session.js';
import { bindTensors, bindWeights } from '../session/weight-binding.js';
import { OnnxSequenceToSequence } from './onnx-sequence-to-sequence.js';

/**
 * Checks an encoder-decoder and brings its weights where sessions can map them.
 * @throws HasheeError `INVALID_CONFIG`, `INVALID_CHECKPOINT`, `TABLE_MISMATCH`, `ABORTED`, `IO`
 */
export async function loadOnnxSequenceToSequence(
  checkpoint: SequenceToSequenceCheckpoint,
  load: SequenceToSequenceLoadOptions & { readonly dtype: string },
  settings: SessionSettings,
  options: OnnxOptions,
): Promise<OnnxSequenceToSequence> {
  const { config, weights, exitTable } = checkpoint;
  validateSequenceToSequenceConfig(config);
  const { decoderExitTable = checkpoint.decoderExitTable } = load;
  if (decoderExitTable)
    assertTableFits(decoderExitTable, { layers: config.decoder.layers, vocabSize: config.encoder.vocabSize });
  const present = new Set(weights.names());
  const wanted = decoderTensors(config).filter(([name]) => name !== VOCABULARY_BIAS || present.has(name));
  assertTensors(wanted, weights);
  const { bound, release } = await bindModel(
    { config: config.encoder, heads: [], exitTable, weights },
    { ...load, reduceRange: options.reduceRange },
  );
  const { reduceRange } = bound;
  const quantized = load.dtype === 'q8';
  const names = [WORD_TABLE, ...wanted.map(([name]) => name)];
  const aborted = (): void => throwIfAborted(load.signal, 'Loading the model');
  const onRead = (name: string, loaded: number, total: number): void =>
    load.onProgress?.({ status: 'reading', name, loaded, total });
  try {
    const binding = quantized
      ? await bindTensors(quantizedTensors(weights, names, reduceRange), onRead, aborted)
      : await bindWeights(weights, names, onRead, aborted);
    // Graphs always add the vocabulary's bias; where the checkpoint has none it is 0.
    const zeros: ParameterBinding = { kind: 'bytes', data: new Float32Array(config.encoder.vocabSize) };
    const bind = (name: string): ParameterBinding =>
      name === VOCABULARY_BIAS && !present.has(name) ? zeros : binding.bind(name);
    const prepare = quantized
      ? (graph: Graph) => quantizeForRuntime(graph, new MemoryWeights([]), reduceRange)
      : undefined;
    const pool = new SessionPool(settings, { folder: binding.folder, bind, prepare }, 'model', binding.dispose);
    return new OnnxSequenceToSequence(
      config,
      openEncoder(bound, settings, { ...options, release }),
      pool,
      decoderExitTable ?? undefined,
    );
  } catch (error) {
    await release();
    throw error;
  }
}
