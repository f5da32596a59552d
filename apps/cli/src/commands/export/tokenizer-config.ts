import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SequenceToSequence } from '@hashee/checkpoint';

/** Classes of transformers.js: those of transformers 5 that name no architecture are unknown to it. */
const CLASSES: Readonly<Record<string, string>> = { bart: 'BartTokenizer', cpt: 'BertTokenizer' };

/**
 * Makes tokenizer_config.json say what transformers.js asks it and Hashee knows otherwise: the class, the padding token, and how long
 * sources may be, so that longer ones are cut as here.
 */
export async function writeTokenizerConfig(folder: string, { config, tokenizer }: SequenceToSequence): Promise<void> {
  const path = join(folder, 'tokenizer_config.json');
  const known = await readFile(path, 'utf8').then(
    (text) => JSON.parse(text) as Record<string, unknown>,
    () => ({}) as Record<string, unknown>,
  );
  const { maxLength } = config.encoder;
  const { model_max_length: length, tokenizer_class: name, pad_token: padding } = known;
  const settings = {
    ...known,
    model_max_length: typeof length === 'number' ? Math.min(length, maxLength) : maxLength,
    pad_token: padding ?? tokenizer.token(config.padTokenId),
    tokenizer_class: name === undefined || name === 'TokenizersBackend' ? CLASSES[config.modelType] : name,
  };
  await writeFile(path, `${JSON.stringify(settings, null, 2)}\n`);
}
