import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { loadModel, type Model, type ModelToSave } from '../src/index.js';
import { FAMILIES } from './rewrite-model.js';
import { temporaryFolder } from './temporary-folder.js';

const TOKENIZERS = join(import.meta.dirname, 'golden', 'tokenizers');

/** A golden model with a tokenizer beside it. */
export async function goldenModel(name: string): Promise<Model> {
  const folder = await temporaryFolder();
  await cp(join(FAMILIES, name), folder, { recursive: true });
  const tokenizer = name.startsWith('roberta') ? 'roberta' : 'bert';
  for (const file of ['tokenizer.json', 'tokenizer_config.json'])
    await cp(join(TOKENIZERS, tokenizer, file), join(folder, file));
  return loadModel(folder);
}

/** What is saved of a model. */
export function toSave(model: Model, changes: Partial<ModelToSave> = {}): ModelToSave {
  const { config, heads, weights, exitTable, metadata } = model;
  return { base: model, config, heads, weights, exitTable, metadata, ...changes };
}
