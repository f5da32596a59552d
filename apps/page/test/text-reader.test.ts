import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel } from '@hashee/checkpoint';
import { directory } from '@hashee/model-sst2';
import { expect, test } from 'vitest';
import { TextReader } from '../src/page/text-reader.js';

const json = (name: string): object => JSON.parse(readFileSync(join(directory, name), 'utf8')) as object;

test('the text is shown as it was typed, with the ids and exit layers that the model takes', async () => {
  const { tokenizer, exitTable, config } = await loadModel(directory);
  const { exitLayer } = exitTable!;
  const reader = new TextReader(json('tokenizer.json'), json('tokenizer_config.json'), exitLayer, config.maxLength);
  for (const text of ['A Gorgeous, witty movie!', '  Ludicrously   café-like 😀 unspeakableness ', '']) {
    const { ids, exitLayers, parts, truncated } = reader.read(text);
    expect(ids).toEqual(Array.from(tokenizer.encode(text).inputIds));
    expect(exitLayers).toEqual(ids.map((id) => exitLayer[id]));
    expect(parts.map((part) => part.text).join('')).toBe(text);
    expect(truncated).toBe(false);
  }
  const { parts } = reader.read('A Gorgeous movie');
  expect(parts.filter(({ layer }) => layer !== undefined).map(({ text }) => text)).toEqual(['A', 'Gorgeous', 'movie']);
  expect(parts[0].layer).toBe(1);
});

test('too long a text is cut to what the model takes, and ends with the last special token', async () => {
  const { exitTable } = await loadModel(directory);
  const reader = new TextReader(json('tokenizer.json'), json('tokenizer_config.json'), exitTable!.exitLayer, 8);
  const { ids, truncated } = reader.read('one two three four five six seven eight nine');
  expect(truncated).toBe(true);
  expect(ids).toHaveLength(8);
  expect(ids.at(-1)).toBe(102);
});
