import { HasheeError, throwIfAborted } from '@hashee/core';
import { downloadModel, type HubOptions } from '../hub/download-model.js';
import type { JsonTokenizer } from '../tokenizer/json-tokenizer.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import { type DirectoryCheckpoint, type LoadCheckpointOptions, loadCheckpoint } from './load-checkpoint.js';
import { resolveSource } from './resolve-source.js';

/** All options but `verify` and `signal` concern the hub only. */
export interface LoadModelOptions extends HubOptions, LoadCheckpointOptions {}

/** A model as it was saved: encoder, heads, exit table and tokenizer. */
export interface Model extends DirectoryCheckpoint {
  readonly tokenizer: JsonTokenizer;
}

/**
 * Loads a model from a local folder or, by its id, from the Hugging Face hub. A local folder never touches the network.
 *
 * @param source a folder, or a hub id such as `owner/name`
 * @throws HasheeError `NOT_FOUND`, `INVALID_CONFIG`, `INVALID_CHECKPOINT`, `INVALID_TOKENIZER`, `INVALID_TABLE`,
 * `TABLE_MISMATCH` (the exit table belongs to another vocabulary, layer count or tokenizer), `UNSUPPORTED`, `IO`, `ABORTED`
 */
export async function loadModel(source: string, options: LoadModelOptions = {}): Promise<Model> {
  throwIfAborted(options.signal, 'Loading the model');
  const found = await resolveSource(source);
  const directory = 'directory' in found ? found.directory : await downloadModel(found.repository, options);
  const checkpoint = await loadCheckpoint(directory, options);
  const tokenizer = await loadTokenizer(checkpoint.directory, { segments: checkpoint.config.typeVocabSize });
  const made = checkpoint.exitTable?.tokenizerFingerprint;
  if (made !== undefined && made !== tokenizer.fingerprint)
    throw new HasheeError(
      'TABLE_MISMATCH',
      `The exit table of ${checkpoint.directory} was made with the tokenizer ${made}, the one there is ${tokenizer.fingerprint}. Put the right tokenizer.json back, or build the table again.`,
      { fields: { expected: made, actual: tokenizer.fingerprint, directory: checkpoint.directory } },
    );
  return { ...checkpoint, tokenizer };
}
