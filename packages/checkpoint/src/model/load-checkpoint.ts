import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Checkpoint, HasheeError, type HeadConfig, systemError } from '@hashee/core';
import { readConfig } from '../config/read-config.js';
import { readJsonObject } from '../files/read-json.js';
import { HASHEE_FILE, type HasheeFile, readHasheeFile } from '../hashee/hashee-file.js';
import type { HasheeMetadata } from '../hashee/metadata.js';
import { readExitTable } from '../hashee/read-exit-table.js';
import { readSafetensors } from '../safetensors/read-safetensors.js';
import type { SafetensorsWeights } from '../safetensors/weights.js';
import { exists, findWeights } from './find-weights.js';
import { ModelWeights } from './model-weights.js';

/** Largest config.json that is read, in bytes. */
export const CONFIG_LIMIT: number = 16 << 20;

export interface LoadCheckpointOptions {
  /** Look at every weight now, so that a damaged file is refused here and not by a runtime that maps it. @default true */
  readonly verify?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A checkpoint from a folder: all of a model but its tokenizer. */
export interface DirectoryCheckpoint extends Checkpoint {
  readonly weights: ModelWeights;
  /** Absolute path of the folder. */
  readonly directory: string;
  /** From hashee.json, where the folder has one. */
  readonly metadata?: HasheeMetadata | undefined;
  /** config.json as it is. */
  readonly huggingFaceConfig: Readonly<Record<string, unknown>>;
}

/**
 * Reads config.json, model.safetensors (or its shards) and hashee.json of a local folder. Weights are read when asked for.
 * @throws HasheeError `NOT_FOUND`, `INVALID_CONFIG`, `INVALID_CHECKPOINT`, `INVALID_TABLE`, `TABLE_MISMATCH`, `UNSUPPORTED`, `IO`, `ABORTED`
 */
export async function loadCheckpoint(
  directory: string,
  options: LoadCheckpointOptions = {},
): Promise<DirectoryCheckpoint> {
  const folder = resolve(directory);
  await assertFolder(folder);
  const configPath = join(folder, 'config.json');
  if (!(await exists(configPath)))
    throw new HasheeError('NOT_FOUND', `${folder} has no config.json, so it isn't a model folder.`, {
      fields: { path: configPath },
    });
  const huggingFaceConfig = await readJsonObject(configPath, 'INVALID_CONFIG', CONFIG_LIMIT);
  const { family, config, head } = readConfig(huggingFaceConfig, configPath);
  const hasheePath = join(folder, HASHEE_FILE);
  const file = (await exists(hasheePath)) ? await readHasheeFile(hasheePath) : undefined;
  if (file) assertSizes(file, config, hasheePath);
  const heads: readonly HeadConfig[] = file?.heads ?? (head ? [head] : []);
  const weightsPath = await findWeights(folder);
  const files = await readSafetensors(weightsPath);
  if (!file && !head) assertNoClassifier(files, huggingFaceConfig, configPath);
  const weights = ModelWeights.locate(files, family, config, heads, weightsPath);
  const exitTable = file && (await readExitTable(files, file, config, hasheePath));
  if (options.verify ?? true) await weights.verify(options.signal);
  return {
    config,
    heads,
    weights,
    directory: folder,
    huggingFaceConfig,
    ...(file ? { metadata: file.metadata } : {}),
    ...(exitTable ? { exitTable } : {}),
  };
}

/** @throws HasheeError `NOT_FOUND`, `IO` */
export async function assertFolder(folder: string): Promise<void> {
  const stats = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw systemError(error, 'open', folder);
    throw new HasheeError('NOT_FOUND', `There is no folder ${folder}.`, { fields: { path: folder }, cause: error });
  });
  if (!stats.isDirectory())
    throw new HasheeError('NOT_FOUND', `${folder} is a file; a model is a folder with config.json in it.`, {
      fields: { path: folder },
    });
}

/** A classifier that nobody says the kind of would be lost without a word. */
function assertNoClassifier(files: SafetensorsWeights, values: Readonly<Record<string, unknown>>, path: string): void {
  const stated = values['architectures'];
  const name = files.names().find((tensor) => /^(module\.)?classifier\.(out_proj\.)?weight$/.test(tensor));
  if (name === undefined || (Array.isArray(stated) && stated.length > 0)) return;
  throw new HasheeError(
    'INVALID_CONFIG',
    `${path} doesn't say what the classifier "${name}" in the weights is for. Add "architectures": ["...ForSequenceClassification"], or ["...ForTokenClassification"], or ["...Model"] to leave it out.`,
    { fields: { path, name } },
  );
}

/** @throws HasheeError `TABLE_MISMATCH` where hashee.json is for a model of other sizes */
export function assertSizes(file: HasheeFile, config: { layers: number; vocabSize: number }, path: string): void {
  if (file.layers === config.layers && file.vocabulary === config.vocabSize) return;
  throw new HasheeError(
    'TABLE_MISMATCH',
    `${path} is for a model of ${file.layers} layers and ${file.vocabulary} vocabulary entries, config.json has ${config.layers} and ${config.vocabSize}.`,
    {
      fields: {
        path,
        tableLayers: file.layers,
        modelLayers: config.layers,
        tableVocabulary: file.vocabulary,
        modelVocabulary: config.vocabSize,
      },
    },
  );
}
