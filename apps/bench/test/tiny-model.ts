import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadModel, type Model, saveModel } from '@hashee/checkpoint';
import { directory as defaultModel } from '@hashee/model-sst2';
import { randomBert } from '../src/models/random-bert.js';

export const SIZES = { layers: 4, hiddenSize: 32, headCount: 2, deviation: 0.3 } as const;

/** A folder with a small BERT of random weights, and exits at all layers. */
export async function writeTinyModel(folder: string): Promise<Model> {
  const base = await loadModel(defaultModel);
  const { config, heads, weights, ...source } = randomBert(base, SIZES, 7);
  const { specialIds } = base.tokenizer;
  const exitLayer = Uint8Array.from({ length: config.vocabSize }, (_, id) => (specialIds.has(id) ? 4 : 1 + (id % 4)));
  const exitTable = { layers: SIZES.layers, exitLayer, hash: { name: 'custom', parameters: {} } };
  await saveModel(folder, { base: source, config, heads, weights, exitTable });
  return loadModel(folder);
}

const WORDS = 'a the film plot is was not very good bad dull great music , . and but story scene actor'.split(' ');

/** Data folder with texts of unequal length. */
export async function writeTexts(folder: string, count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, i) => {
    const words = Array.from({ length: 1 + ((i * 7) % 23) }, (__, j) => WORDS[(i * 5 + j * 3) % WORDS.length]);
    return `${words.join(' ')}\t${i % 2 ? 'negative' : 'positive'}`;
  });
  await mkdir(join(folder, 'sst-2'), { recursive: true });
  for (const split of ['train', 'dev'])
    await writeFile(join(folder, 'sst-2', `${split}.tsv`), `sentence\tlabel\n${lines.join('\n')}\n`);
}
