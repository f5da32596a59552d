// Sources of equal length from real articles, and exit tables made from such articles.
import { collate } from '@hashee/core';
import { loadSplit } from '@hashee/eval';
import { frequencyHash } from '@hashee/hash';

/** Exit tables by name: as many buckets as layers, and by exit-layer speed-up. */
export const DIVISIONS = {
  '6 buckets': { buckets: 6 },
  '2x': { target: { speedup: 2, by: 'layers' } },
  '3x': { target: { speedup: 3, by: 'layers' } },
};

/** @typedef {keyof typeof DIVISIONS} Division */

/**
 * Tables of the frequency hash over the training articles. The tokenizer's ids are taken as they are, and entries of the model's
 * vocabulary beyond them, which no text has, exit at L.
 * @param {object} options
 * @param {string} options.data folder of tasks
 * @param {import('@hashee/core').Tokenizer} options.tokenizer
 * @param {import('@hashee/core').EncoderConfig} options.config
 * @param {readonly Division[]} options.divisions
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<Map<Division, import('@hashee/core').ExitTable>>}
 */
export async function exitTables({ data, tokenizer, config, divisions, signal }) {
  const { layers, vocabSize, maxLength } = config;
  const { examples } = await loadSplit('cnndm', 'train', { directory: data, signal });
  const train = examples.map(({ source }) => tokenizer.encode(source, { maxLength }));
  /** @type {Map<Division, import('@hashee/core').ExitTable>} */
  const tables = new Map();
  for (const name of divisions) {
    const table = await frequencyHash({ layers, tokenizer, train, signal, .../** @type {object} */ (DIVISIONS[name]) });
    const exitLayer = new Uint8Array(vocabSize).fill(layers);
    exitLayer.set(table.exitLayer);
    tables.set(name, { layers, exitLayer, hash: table.hash });
  }
  return tables;
}

/**
 * The first dev articles of at least so many tokens, cut there; where they are too few the first ones come again.
 * @param {object} options
 * @param {string} options.data folder of tasks
 * @param {import('@hashee/core').Tokenizer} options.tokenizer
 * @param {number} options.length tokens of each, special ones included
 * @param {number} options.count
 * @param {AbortSignal} [options.signal]
 */
export async function longSources({ data, tokenizer, length, count, signal }) {
  const { examples } = await loadSplit('cnndm', 'dev', { directory: data, signal });
  const long = examples
    .map(({ source }) => ({ text: source, ...tokenizer.encode(source, { maxLength: length }) }))
    .filter(({ inputIds }) => inputIds.length === length);
  if (long.length === 0) throw new Error(`No dev article of cnndm has ${length} tokens.`);
  const chosen = Array.from({ length: count }, (_, i) => long[i % long.length]);
  return {
    texts: chosen.map(({ text }) => text),
    batch: collate(chosen.map(({ inputIds }) => ({ inputIds }))),
    distinct: Math.min(count, long.length),
  };
}
