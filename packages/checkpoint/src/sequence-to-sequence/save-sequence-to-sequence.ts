import { join, resolve } from 'node:path';
import {
  decoderTensors,
  type ExitTable,
  encoderTensors,
  HasheeError,
  isTied,
  type SequenceToSequenceConfig,
  throwIfAborted,
  VOCABULARY_BIAS,
  VOCABULARY_WEIGHT,
  validateSequenceToSequenceConfig,
  type WeightSource,
} from '@hashee/core';
import { writeAtomically } from '../files/write-atomically.js';
import {
  DECODER_EXIT_LAYERS_TENSOR,
  EXIT_LAYERS_TENSOR,
  formatHasheeFile,
  HASHEE_FILE,
} from '../hashee/hashee-file.js';
import type { HasheeMetadata } from '../hashee/metadata.js';
import { WEIGHTS_FILE } from '../model/find-weights.js';
import { assertFinite } from '../safetensors/decode.js';
import { type TensorToWrite, writeSafetensors } from '../safetensors/write-safetensors.js';
import { assertCopyable, copyTokenizer } from '../save/copy-tokenizer.js';
import { assertTableToSave, exitLayersToWrite } from '../save/exit-table-to-save.js';
import type { SavedDtype } from '../save/model-to-save.js';
import { publishFolder } from '../save/publish-folder.js';
import type { SaveModelOptions } from '../save/save-model.js';
import { encode } from '../save/tensors-to-write.js';
import type { SequenceToSequence } from './load-sequence-to-sequence.js';
import { sequenceToSequenceCard } from './model-card.js';
import { storedName } from './tensor-names.js';
import { formatForTransformers, writeSequenceToSequenceConfig } from './write-config.js';

/** An encoder-decoder on its way to a folder. */
export interface SequenceToSequenceToSave {
  /** Tokenizer files and the remaining fields of config.json come from its folder. */
  readonly base: Pick<SequenceToSequence, 'directory' | 'tokenizer' | 'huggingFaceConfig'>;
  readonly config: SequenceToSequenceConfig;
  /** Under canonical names; of the vocabulary's bias alone there may be none. */
  readonly weights: WeightSource;
  /** Of the encoder. Absent: every source token runs all layers. */
  readonly exitTable?: ExitTable | undefined;
  /** Of the decoder. Absent: every token runs all its layers. */
  readonly decoderExitTable?: ExitTable | undefined;
  /** Fields of transformers' GenerationConfig: how it is generated with where a call says nothing. */
  readonly generationConfig?: Readonly<Record<string, unknown>> | undefined;
  readonly metadata?: HasheeMetadata | undefined;
  /** @default 'fp32' */
  readonly dtype?: SavedDtype | undefined;
}

/**
 * Writes the folder of an encoder-decoder: config.json, generation_config.json, model.safetensors, the tokenizer's files, hashee.json
 * and README.md. It appears whole or not at all; over an existing model each file changes at once. `loadSequenceToSequence` reads it,
 * and so does transformers in the case of BART stored as fp32 or fp16. A tied vocabulary is stored once, as the word table.
 *
 * @throws HasheeError `INVALID_ARGUMENT` (folder not empty, metadata that isn't JSON), `INVALID_CONFIG`, `INVALID_CHECKPOINT` (missing
 * or non-finite weights, files of the base that are links out of its folder), `TABLE_MISMATCH`, `UNSUPPORTED` (what config.json can't say, values too large for fp16), `IO`, `ABORTED`
 */
export async function saveSequenceToSequence(
  directory: string,
  model: SequenceToSequenceToSave,
  options: SaveModelOptions = {},
): Promise<void> {
  const {
    base,
    config,
    weights,
    exitTable,
    decoderExitTable,
    generationConfig = {},
    metadata = {},
    dtype = 'fp32',
  } = model;
  const { signal } = options;
  throwIfAborted(signal, 'Saving the model');
  const target = resolve(directory);
  validateSequenceToSequenceConfig(config);
  await assertCopyable(base.directory);
  const { fingerprint } = base.tokenizer;
  const { vocabSize } = config.encoder;
  if (exitTable) assertTableToSave(exitTable, config.encoder, fingerprint);
  if (decoderExitTable) assertTableToSave(decoderExitTable, { layers: config.decoder.layers, vocabSize }, fingerprint);
  assertTensors(config, weights);
  const huggingFaceConfig = writeSequenceToSequenceConfig(base.huggingFaceConfig, config, dtype);
  const tensors = tensorsToWrite(model, target);
  if (exitTable) tensors.push(exitLayersToWrite(exitTable));
  if (decoderExitTable) tensors.push(exitLayersToWrite(decoderExitTable, DECODER_EXIT_LAYERS_TENSOR));
  const hasheeFile = formatHasheeFile({
    layers: config.encoder.layers,
    vocabulary: config.encoder.vocabSize,
    tokenizerFingerprint: base.tokenizer.fingerprint,
    heads: [],
    exitTable: exitTable && { tensor: EXIT_LAYERS_TENSOR, hash: exitTable.hash },
    decoderExitTable: decoderExitTable && { tensor: DECODER_EXIT_LAYERS_TENSOR, hash: decoderExitTable.hash },
    metadata,
  });
  const generation = {
    ...generationConfig,
    decoder_start_token_id: config.decoderStartTokenId,
    eos_token_id: huggingFaceConfig['eos_token_id'],
    pad_token_id: config.padTokenId,
  };
  await publishFolder(target, options.overwrite ?? false, async (folder) => {
    const writeText = (name: string, text: string): Promise<void> =>
      writeAtomically(join(folder, name), (file) => file.writeFile(text));
    await writeText('config.json', formatForTransformers(huggingFaceConfig));
    await writeText('generation_config.json', formatForTransformers(generation));
    await copyTokenizer(base.directory, folder);
    await writeText(HASHEE_FILE, hasheeFile);
    await writeText('README.md', sequenceToSequenceCard({ config, exitTable, decoderExitTable, metadata }, dtype));
    await writeSafetensors(join(folder, WEIGHTS_FILE), tensors, { signal });
    await options.also?.(folder);
  });
}

/** A tied vocabulary is the word table. */
function tensorsOf(config: SequenceToSequenceConfig): [string, number[]][] {
  const ofDecoder = decoderTensors(config).filter(([name]) => !isTied(config) || name !== VOCABULARY_WEIGHT);
  return [...encoderTensors(config.encoder), ...ofDecoder];
}

function assertTensors(config: SequenceToSequenceConfig, weights: WeightSource): void {
  const present = new Set(weights.names());
  for (const [name, shape] of tensorsOf(config)) {
    const actual = present.has(name) ? weights.shape(name) : undefined;
    if (actual ? actual.join() === shape.join() : name === VOCABULARY_BIAS) continue;
    throw new HasheeError(
      'INVALID_CHECKPOINT',
      `The model to save needs the tensor "${name}" of shape [${shape.join(', ')}], its weights have ${actual ? `[${actual.join(', ')}]` : 'none'}.`,
      { fields: { name, expected: shape, actual } },
    );
  }
}

function tensorsToWrite({ config, weights, dtype = 'fp32' }: SequenceToSequenceToSave, path: string): TensorToWrite[] {
  const present = new Set(weights.names());
  return tensorsOf(config).flatMap(([canonical, shape]) => {
    if (!present.has(canonical)) return [];
    const read = async (): Promise<Float32Array> => {
      const values = await weights.read(canonical);
      assertFinite(values, canonical, path);
      return values;
    };
    const bias = canonical === VOCABULARY_BIAS;
    return encode(storedName(canonical, config.modelType), bias ? [1, ...shape] : shape, dtype, read);
  });
}
