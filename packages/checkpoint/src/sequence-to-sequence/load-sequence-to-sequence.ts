import { join, resolve } from 'node:path';
import { HasheeError, type SequenceToSequenceCheckpoint, throwIfAborted } from '@hashee/core';
import { readJsonObject } from '../files/read-json.js';
import { HASHEE_FILE, readHasheeFile } from '../hashee/hashee-file.js';
import type { HasheeMetadata } from '../hashee/metadata.js';
import { readExitTable } from '../hashee/read-exit-table.js';
import { downloadModel } from '../hub/download-model.js';
import { exists, findWeights } from '../model/find-weights.js';
import { assertFolder, assertSizes, CONFIG_LIMIT, type LoadCheckpointOptions } from '../model/load-checkpoint.js';
import type { LoadModelOptions } from '../model/load-model.js';
import { ModelWeights } from '../model/model-weights.js';
import { resolveSource } from '../model/resolve-source.js';
import { readSafetensors } from '../safetensors/read-safetensors.js';
import type { JsonTokenizer } from '../tokenizer/json-tokenizer.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import { generationFields } from './generation-fields.js';
import { isCpt, readSequenceToSequenceConfig } from './read-config.js';
import { locateSequenceToSequence, withStoredPositions } from './tensor-names.js';

/** An encoder-decoder from a folder: all of it but its tokenizer. */
export interface DirectorySequenceToSequence extends SequenceToSequenceCheckpoint {
  readonly weights: ModelWeights;
  /** Absolute path of the folder. */
  readonly directory: string;
  /** From hashee.json, where the folder has one. */
  readonly metadata?: HasheeMetadata | undefined;
  /** config.json as it is. */
  readonly huggingFaceConfig: Readonly<Record<string, unknown>>;
  /**
   * How its authors generate with it: fields of transformers' GenerationConfig, from generation_config.json, or from config.json
   * where there is none, as they are.
   */
  readonly generationConfig: Readonly<Record<string, unknown>>;
}

/** An encoder-decoder as it was saved, with its tokenizer. */
export interface SequenceToSequence extends DirectorySequenceToSequence {
  readonly tokenizer: JsonTokenizer;
}

/**
 * Reads config.json, generation_config.json, model.safetensors (or its shards) and hashee.json of a local folder: BART as
 * facebook/bart-base and fnlp/bart-base-chinese have it, CPT as fnlp/cpt-base has it. Weights are read when asked for.
 * @throws HasheeError `NOT_FOUND`, `INVALID_CONFIG`, `INVALID_CHECKPOINT`, `INVALID_TABLE`, `TABLE_MISMATCH`, `UNSUPPORTED`, `IO`, `ABORTED`
 */
export async function loadSequenceToSequenceCheckpoint(
  directory: string,
  options: LoadCheckpointOptions = {},
): Promise<DirectorySequenceToSequence> {
  const folder = resolve(directory);
  await assertFolder(folder);
  const configPath = join(folder, 'config.json');
  if (!(await exists(configPath)))
    throw new HasheeError('NOT_FOUND', `${folder} has no config.json, so it isn't a model folder.`, {
      fields: { path: configPath },
    });
  const huggingFaceConfig = await readJsonObject(configPath, 'INVALID_CONFIG', CONFIG_LIMIT);
  const generationPath = join(folder, 'generation_config.json');
  const generationConfig = (await exists(generationPath))
    ? await readJsonObject(generationPath, 'INVALID_CONFIG', CONFIG_LIMIT)
    : generationFields(huggingFaceConfig, isCpt(huggingFaceConfig) ? 'cpt' : 'bart');
  const described = readSequenceToSequenceConfig(huggingFaceConfig, generationConfig, configPath);
  const hasheePath = join(folder, HASHEE_FILE);
  const hashee = (await exists(hasheePath)) ? await readHasheeFile(hasheePath) : undefined;
  if (hashee) assertSizes(hashee, described.config.encoder, hasheePath);
  const weightsPath = await findWeights(folder);
  const files = await readSafetensors(weightsPath);
  const file = withStoredPositions(described, files);
  const { config } = file;
  const weights = ModelWeights.of(files, locateSequenceToSequence(files, file, weightsPath));
  const exitTable = hashee && (await readExitTable(files, hashee, config.encoder, hasheePath));
  const ofDecoder = { layers: config.decoder.layers, vocabSize: config.encoder.vocabSize };
  const decoderExitTable =
    hashee &&
    (await readExitTable(
      files,
      { ...hashee, layers: ofDecoder.layers, exitTable: hashee.decoderExitTable },
      ofDecoder,
      hasheePath,
    ));
  if (options.verify ?? true) await weights.verify(options.signal);
  return {
    config,
    weights,
    directory: folder,
    huggingFaceConfig,
    generationConfig,
    ...(hashee ? { metadata: hashee.metadata } : {}),
    ...(exitTable ? { exitTable } : {}),
    ...(decoderExitTable ? { decoderExitTable } : {}),
  };
}

/**
 * Loads an encoder-decoder from a local folder or, by its id, from the Hugging Face hub. A local folder never touches the network.
 * @param source a folder, or a hub id such as `owner/name`
 * @throws HasheeError as `loadModel`
 */
export async function loadSequenceToSequence(
  source: string,
  options: LoadModelOptions = {},
): Promise<SequenceToSequence> {
  throwIfAborted(options.signal, 'Loading the model');
  const found = await resolveSource(source);
  const directory = 'directory' in found ? found.directory : await downloadModel(found.repository, options);
  const checkpoint = await loadSequenceToSequenceCheckpoint(directory, options);
  const segments = checkpoint.config.encoder.typeVocabSize;
  const tokenizer = await loadTokenizer(checkpoint.directory, { segments });
  assertTokenizer(checkpoint, tokenizer);
  return { ...checkpoint, tokenizer };
}

function assertTokenizer(
  { exitTable, decoderExitTable, config, directory }: DirectorySequenceToSequence,
  tokenizer: JsonTokenizer,
): void {
  const made = (exitTable ?? decoderExitTable)?.tokenizerFingerprint;
  if (made !== undefined && made !== tokenizer.fingerprint)
    throw new HasheeError(
      'TABLE_MISMATCH',
      `The exit table of ${directory} was made with the tokenizer ${made}, the one there is ${tokenizer.fingerprint}. Put the right tokenizer.json back, or build the table again.`,
      { fields: { expected: made, actual: tokenizer.fingerprint, directory } },
    );
  if (tokenizer.vocabSize > config.encoder.vocabSize)
    throw new HasheeError(
      'INVALID_TOKENIZER',
      `The tokenizer of ${directory} has ${tokenizer.vocabSize} ids, the model ${config.encoder.vocabSize}. Put the tokenizer that belongs to the model there.`,
      { fields: { directory, tokenizer: tokenizer.vocabSize, model: config.encoder.vocabSize } },
    );
}
