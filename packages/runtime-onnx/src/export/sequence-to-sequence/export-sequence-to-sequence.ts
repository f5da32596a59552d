import { join } from 'node:path';
import {
  type Account,
  assertTableFits,
  decoderTensors,
  type ExitTable,
  isTied,
  type SequenceToSequenceCheckpoint,
  type SequenceToSequenceConfig,
  throwIfAborted,
  VOCABULARY_BIAS,
  VOCABULARY_WEIGHT,
  validateSequenceToSequenceConfig,
  type WeightSource,
  WORD_TABLE,
} from '@hashee/core';
import { assertTensors, requiredTensors } from '@hashee/core/backend';
import { type ExportDtype, type ExportOptions, type ExportTarget, resolveOptions } from '../export-options.js';
import { exportShape } from '../export-shape.js';
import { finishGraph } from '../finish-graph.js';
import type { PlannedGraph } from '../planned-graph.js';
import { type WrittenFile, writeModels } from '../write-models.js';
import { decoderExportGraph } from './decoder-export-graph.js';
import { encoderExportGraph } from './encoder-export-graph.js';

export interface SequenceToSequenceExportOptions extends Omit<ExportOptions, 'head' | 'dataFile'> {
  /** Replaces the checkpoint's table of the decoder; `null` runs every token through all layers. @default the checkpoint's */
  readonly decoderExitTable?: ExitTable | null | undefined;
}

/** One of the two models that were written. */
export interface ExportedPart {
  /** The model, and its weights where they have a file of their own. */
  readonly files: readonly WrittenFile[];
  readonly inputs: readonly string[];
}

export interface SequenceToSequenceExportReport {
  readonly encoder: ExportedPart;
  readonly decoder: ExportedPart;
  readonly dtype: ExportDtype;
  readonly target: ExportTarget;
  readonly opset: number;
  /** How each layer of the encoder is computed, `[L]`. */
  readonly attention: Account['attention'];
}

/** Tokens of the texts by which the computation of layers is chosen: sources are long. */
const SOURCE_LENGTH = 256;

/** Names that optimum gives the files, without their ends. */
const PARTS = ['encoder_model', 'decoder_model_merged'] as const;

/** What transformers.js puts behind the names of files. */
const SUFFIX: Readonly<Record<ExportDtype, string>> = { fp32: '', q8: '_quantized' };

/**
 * Writes an encoder-decoder as two plain ONNX files in the layout of optimum and transformers.js: `encoder_model.onnx`, the source's exits
 * inside, and `decoder_model_merged.onnx`, with a cache of keys and values; `_quantized` before `.onnx` where the dtype is `q8`. Their inputs
 * are described at `encoderExportGraph` and `decoderExportGraph`. A new folder appears with both files in it or not at all; in one that is there
 * already, each file changes at once when both are written. Progress is counted over both.
 *
 * @param folder where the files go, such as `onnx`; it is made
 * @throws HasheeError `INVALID_ARGUMENT` (options), `INVALID_CONFIG`, `INVALID_CHECKPOINT`, `TABLE_MISMATCH`, `IO`, `ABORTED`
 */
export async function exportSequenceToSequence(
  checkpoint: SequenceToSequenceCheckpoint,
  folder: string,
  options: SequenceToSequenceExportOptions = {},
): Promise<SequenceToSequenceExportReport> {
  const resolved = resolveOptions(options);
  const { dtype, target, opset, inlineLimit } = resolved;
  const { signal, onProgress, sample } = options;
  throwIfAborted(signal, 'The export');
  const { config } = checkpoint;
  validateSequenceToSequenceConfig(config);
  const { encoder, decoder } = config;
  const weights = withVocabulary(checkpoint);
  requiredTensors(encoder, [], weights);
  assertTensors(decoderTensors(config), weights);
  const table = tableFor(options.exitTable, checkpoint.exitTable, encoder);
  const ofDecoder = tableFor(options.decoderExitTable, checkpoint.decoderExitTable, {
    vocabSize: encoder.vocabSize,
    layers: decoder.layers,
  });
  const attention = dtype === 'q8' ? 'projected' : (options.attention ?? 'auto');
  const shape = exportShape(encoder, undefined, table, { sample, attention, length: SOURCE_LENGTH });

  const kinds = Array.from(encoder.heads, (): Account['attention'][number] => 'none');
  for (const layer of shape.layers) kinds[layer.layer - 1] = layer.attention;
  const decoderGraph = decoderExportGraph(config, ofDecoder, opset);
  if (dtype === 'fp32' && isTied(config)) shareVocabulary(decoderGraph, config);
  const graphs = [encoderExportGraph(config, table, shape, opset), decoderGraph];
  const models = graphs.map((graph, index) => ({
    path: join(folder, `${PARTS[index]}${SUFFIX[dtype]}.onnx`),
    graph,
    tensors: finishGraph(graph, weights, resolved),
  }));
  const written = await writeModels(models, { opset, inlineLimit, signal, onProgress });
  const [encoderPart, decoderPart] = written.map((files, index): ExportedPart => {
    return { files, inputs: [...graphs[index].inputs.keys()] };
  });
  return { encoder: encoderPart, decoder: decoderPart, dtype, target, opset, attention: kinds };
}

/** The table in force, where it has any exit. */
function tableFor(
  given: ExitTable | null | undefined,
  own: ExitTable | undefined,
  sizes: { readonly vocabSize: number; readonly layers: number },
): ExitTable | undefined {
  const table = given === undefined ? own : (given ?? undefined);
  if (table) assertTableFits(table, sizes);
  return table?.exitLayer.some((layer) => layer < sizes.layers) ? table : undefined;
}

/** Graphs always add the vocabulary's bias; where the checkpoint has none it is 0. A tied vocabulary is the word table. */
function withVocabulary({ config, weights }: SequenceToSequenceCheckpoint): WeightSource {
  const { vocabSize: V } = config.encoder;
  const present = new Set(weights.names());
  const source = (name: string): string => (name === VOCABULARY_WEIGHT && isTied(config) ? WORD_TABLE : name);
  const isZero = (name: string): boolean => name === VOCABULARY_BIAS && !present.has(name);
  return {
    names: () => [...new Set([...present, VOCABULARY_WEIGHT, VOCABULARY_BIAS])],
    shape: (name) => (isZero(name) ? [V] : weights.shape(source(name))),
    read: async (name) => (isZero(name) ? new Float32Array(V) : weights.read(source(name))),
    readRows: async (name) => (isZero(name) ? undefined : weights.readRows?.(source(name))),
  };
}

/** A tied vocabulary and the word table as one tensor of the file; in 8 bits they are laid out differently. */
function shareVocabulary(
  graph: PlannedGraph,
  { encoder: { vocabSize: V, hiddenSize: H } }: SequenceToSequenceConfig,
): void {
  const own = graph.parameter(VOCABULARY_WEIGHT, [V, H]);
  const words = graph.parameter(WORD_TABLE, [V, H]);
  graph.parameters.delete(own);
  graph.nodes.forEach((node, place) => {
    if (node.inputs.includes(own))
      graph.nodes[place] = { ...node, inputs: node.inputs.map((input) => (input === own ? words : input)) };
  });
}
