import { join, resolve } from 'node:path';
import { readJsonObject } from '../files/read-json.js';
import { downloadModel } from '../hub/download-model.js';
import { loadSequenceToSequence, type SequenceToSequence } from '../sequence-to-sequence/load-sequence-to-sequence.js';
import { exists } from './find-weights.js';
import { CONFIG_LIMIT } from './load-checkpoint.js';
import { type LoadModelOptions, loadModel, type Model } from './load-model.js';
import { resolveSource } from './resolve-source.js';

/** Values of `model_type` in config.json of encoder-decoders. */
const SEQUENCE_TO_SEQUENCE = ['bart', 'cpt'];

/** True for what `loadSequenceToSequence` returns. */
export function isSequenceToSequence(model: Model | SequenceToSequence): model is SequenceToSequence {
  return 'decoder' in model.config;
}

/**
 * True for a local folder whose config.json is that of an encoder-decoder. Nothing else is read, and nothing downloaded: models of the
 * hub are known once they are loaded.
 * @param source as that of `loadAnyModel`
 * @throws HasheeError `INVALID_CONFIG`, `NOT_FOUND` (neither a folder nor a name of the hub), `IO`
 */
export async function isSequenceToSequenceFolder(source: string): Promise<boolean> {
  const found = await resolveSource(source);
  if (!('directory' in found)) return false;
  const path = join(found.directory, 'config.json');
  if (!(await exists(path))) return false;
  const { model_type: type } = await readJsonObject(path, 'INVALID_CONFIG', CONFIG_LIMIT);
  return typeof type === 'string' && SEQUENCE_TO_SEQUENCE.includes(type);
}

/**
 * Loads whatever a folder or a model of the hub is: an encoder, as `loadModel` does, or an encoder-decoder, as
 * `loadSequenceToSequence` does. `isSequenceToSequence` tells which.
 * @throws HasheeError as these
 */
export async function loadAnyModel(
  source: string,
  options: LoadModelOptions = {},
): Promise<Model | SequenceToSequence> {
  const found = await resolveSource(source);
  const directory = resolve('directory' in found ? found.directory : await downloadModel(found.repository, options));
  return (await isSequenceToSequenceFolder(directory))
    ? loadSequenceToSequence(directory, options)
    : loadModel(directory, options);
}
