import { join } from 'node:path';
import { HasheeError } from '@hashee/core';
import { readJsonObject } from '../files/read-json.js';
import { exists } from '../model/find-weights.js';
import { JsonTokenizer } from './json-tokenizer.js';

const LIMIT = 128 << 20;

export interface LoadTokenizerOptions {
  /** Segments that the model knows: with fewer than two, all tokens are in segment 0. @default 2 */
  readonly segments?: number | undefined;
}

/**
 * Reads tokenizer.json, and tokenizer_config.json where there is one, of a local folder.
 * @throws HasheeError `NOT_FOUND`, `INVALID_TOKENIZER`, `UNSUPPORTED`, `IO`
 */
export async function loadTokenizer(directory: string, options: LoadTokenizerOptions = {}): Promise<JsonTokenizer> {
  const path = join(directory, 'tokenizer.json');
  if (!(await exists(path)))
    throw new HasheeError(
      'NOT_FOUND',
      `${directory} has no tokenizer.json. With transformers, AutoTokenizer.from_pretrained(...).save_pretrained(folder) writes one.`,
      { fields: { path } },
    );
  const json = await readJsonObject(path, 'INVALID_TOKENIZER', LIMIT);
  const settingsPath = join(directory, 'tokenizer_config.json');
  const settings = (await exists(settingsPath)) ? await readJsonObject(settingsPath, 'INVALID_TOKENIZER', LIMIT) : {};
  return new JsonTokenizer(json, { settings, path, ...options });
}
