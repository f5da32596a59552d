import { join, resolve } from 'node:path';
import { throwIfAborted, validateEncoderConfig } from '@hashee/core';
import { ConfigFields } from '../config/config-fields.js';
import { findFamily } from '../families/find-family.js';
import { writeAtomically } from '../files/write-atomically.js';
import { EXIT_LAYERS_TENSOR, formatHasheeFile, HASHEE_FILE } from '../hashee/hashee-file.js';
import { WEIGHTS_FILE } from '../model/find-weights.js';
import { writeSafetensors } from '../safetensors/write-safetensors.js';
import { assertCopyable, copyTokenizer } from './copy-tokenizer.js';
import { assertTableToSave, exitLayersToWrite } from './exit-table-to-save.js';
import { modelCard } from './model-card.js';
import type { ModelToSave } from './model-to-save.js';
import { publishFolder } from './publish-folder.js';
import { tensorsToWrite } from './tensors-to-write.js';
import { writeConfig } from './write-config.js';

export interface SaveModelOptions {
  /** Replace the model in a folder that isn't empty. Its other files stay. @default false */
  readonly overwrite?: boolean | undefined;
  /** Puts more into the folder, such as exported files, before it appears. */
  readonly also?: ((folder: string) => Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a model folder: config.json, model.safetensors, the tokenizer's files, hashee.json and README.md. It appears whole
 * or not at all; over an existing model each file changes at once. `loadModel`, and transformers for fp32 and fp16, read it.
 *
 * @throws HasheeError `INVALID_ARGUMENT` (folder not empty, metadata that isn't JSON), `INVALID_CONFIG`, `INVALID_CHECKPOINT` (missing
 * or non-finite weights, files of the base that are links out of its folder), `TABLE_MISMATCH`, `UNSUPPORTED` (what the family can't express, values too large for fp16), `IO`, `ABORTED`
 */
export async function saveModel(directory: string, model: ModelToSave, options: SaveModelOptions = {}): Promise<void> {
  const { base, config, heads, weights, exitTable, metadata = {}, dtype = 'fp32' } = model;
  const { signal } = options;
  throwIfAborted(signal, 'Saving the model');
  const target = resolve(directory);
  validateEncoderConfig(config);
  await assertCopyable(base.directory);
  const family = findFamily(new ConfigFields({ model_type: config.modelType }, 'The model to save'));
  if (exitTable) assertTableToSave(exitTable, config, base.tokenizer.fingerprint);
  const shape = { family, config, heads };
  const huggingFaceConfig = writeConfig(base.huggingFaceConfig, shape, dtype);
  const tensors = tensorsToWrite(shape, weights, dtype, target);
  if (exitTable) tensors.push(exitLayersToWrite(exitTable));
  const hasheeFile = formatHasheeFile({
    layers: config.layers,
    vocabulary: config.vocabSize,
    tokenizerFingerprint: base.tokenizer.fingerprint,
    heads,
    exitTable: exitTable && { tensor: EXIT_LAYERS_TENSOR, hash: exitTable.hash },
    metadata,
  });
  await publishFolder(target, options.overwrite ?? false, async (folder) => {
    const writeText = (name: string, text: string): Promise<void> =>
      writeAtomically(join(folder, name), (file) => file.writeFile(text));
    await writeText('config.json', `${JSON.stringify(huggingFaceConfig, null, 2)}\n`);
    await copyTokenizer(base.directory, folder);
    await writeText(HASHEE_FILE, hasheeFile);
    await writeText('README.md', modelCard({ config, heads, exitTable, metadata }, dtype));
    await writeSafetensors(join(folder, WEIGHTS_FILE), tensors, { signal });
    await options.also?.(folder);
  });
}
