import { join } from 'node:path';
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
 * Loads whatever a folder or a model of the hub is: an encoder, as `loadModel` does, or an encoder-decoder, as
 * `loadSequenceToSequence` does. `isSequenceToSequence` tells which.
 * @throws HasheeError as these
 */
export async function loadAnyModel(
  source: string,
  options: LoadModelOptions = {},
): Promise<Model | SequenceToSequence> {
  const found = await resolveSource(source);
  const directory = 'directory' in found ? found.directory : await downloadModel(found.repository, options);
  const path = join(directory, 'config.json');
  const type = (await exists(path)) && (await readJsonObject(path, 'INVALID_CONFIG', CONFIG_LIMIT))['model_type'];
  return SEQUENCE_TO_SEQUENCE.includes(String(type))
    ? loadSequenceToSequence(directory, options)
    : loadModel(directory, options);
}
