import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SequenceToSequence } from '@hashee/checkpoint';
import { HasheeError, systemError } from '@hashee/core';
import { sourceLength } from '../../summarization/source-length.js';

/** Classes of transformers.js: those of transformers 5 that name no architecture are unknown to it. */
const CLASSES: Readonly<Record<string, string>> = { bart: 'BartTokenizer', cpt: 'BertTokenizer' };

/**
 * Makes tokenizer_config.json say what transformers.js asks it and Hashee knows otherwise: the class, the padding token, and how long
 * sources may be, so that longer ones are cut as here.
 * @throws HasheeError `INVALID_CHECKPOINT` where the file holds no JSON object, `IO`
 */
export async function writeTokenizerConfig(folder: string, model: SequenceToSequence): Promise<void> {
  const { config, tokenizer } = model;
  const path = join(folder, 'tokenizer_config.json');
  const known = await readSettings(path);
  const maxLength = sourceLength({}, model);
  const { model_max_length: length, tokenizer_class: name, pad_token: padding } = known;
  const settings = {
    ...known,
    model_max_length: typeof length === 'number' ? Math.min(length, maxLength) : maxLength,
    pad_token: padding ?? tokenizer.token(config.padTokenId),
    tokenizer_class: name === undefined || name === 'TokenizersBackend' ? CLASSES[config.modelType] : name,
  };
  await writeFile(path, `${JSON.stringify(settings, null, 2)}\n`);
}

/** What the file says; nothing where there is none. */
async function readSettings(path: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw systemError(cause, 'read', path);
  }
  try {
    const settings: unknown = JSON.parse(text);
    if (typeof settings === 'object' && settings !== null && !Array.isArray(settings))
      return settings as Record<string, unknown>;
  } catch (cause) {
    throw refusal(path, cause);
  }
  throw refusal(path);
}

function refusal(path: string, cause?: unknown): HasheeError {
  return new HasheeError('INVALID_CHECKPOINT', `${path} must hold a JSON object. Export it anew, or mend the file.`, {
    fields: { path },
    cause,
  });
}
