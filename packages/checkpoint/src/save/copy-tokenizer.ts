import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HasheeError, systemError } from '@hashee/core';
import { ownFile } from '../files/own-file.js';

const TOKENIZER_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
  'spiece.model',
];

/** Files whose fields are kept when a model is saved. */
const PASSED_ON = [...TOKENIZER_FILES, 'config.json', 'generation_config.json'];

/**
 * Finds out whether what a saved model takes over from the folder of another may be: its tokenizer's files, and what its configurations say.
 * `saveModel` and `saveSequenceToSequence` do so themselves; before hours of work it is worth to know.
 * @throws HasheeError `INVALID_CHECKPOINT` with the file, where it is a link that leads out of the folder; links from a snapshot of the hub's
 * cache to the blobs of the same repository are sound. `IO`
 */
export async function assertCopyable(directory: string): Promise<void> {
  for (const name of PASSED_ON) await ownFile(directory, name);
}

/** Copies the tokenizer's files. @throws HasheeError `NOT_FOUND` where tokenizer.json is gone, `INVALID_CHECKPOINT` as `assertCopyable`, `IO` */
export async function copyTokenizer(from: string, to: string): Promise<void> {
  for (const name of TOKENIZER_FILES) {
    const source = await ownFile(from, name);
    if (source === undefined) {
      if (name !== 'tokenizer.json') continue;
      const path = join(from, name);
      throw new HasheeError('NOT_FOUND', `The base model's ${path} is gone, so the model can't be saved with it.`, {
        fields: { path },
      });
    }
    await copyFile(source, join(to, name)).catch((error: unknown) => {
      throw systemError(error, 'copy', source);
    });
  }
}
