import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HasheeError, systemError } from '@hashee/core';
import { exists } from '../model/find-weights.js';

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

/** Copies the tokenizer's files. @throws HasheeError `NOT_FOUND` where tokenizer.json is gone, `IO` */
export async function copyTokenizer(from: string, to: string): Promise<void> {
  for (const name of TOKENIZER_FILES) {
    const source = join(from, name);
    if (!(await exists(source))) {
      if (name !== 'tokenizer.json') continue;
      throw new HasheeError('NOT_FOUND', `The base model's ${source} is gone, so the model can't be saved with it.`, {
        fields: { path: source },
      });
    }
    await copyFile(source, join(to, name)).catch((error: unknown) => {
      throw systemError(error, 'copy', source);
    });
  }
}
