import { join } from 'node:path';
import { characterTokenizer, JsonTokenizer, loadTokenizer } from '@hashee/checkpoint';
import { Random } from '@hashee/core';
import { expect, test } from 'vitest';
import { TextStream } from '../src/text-stream.js';
import { GOLDEN } from './golden-model.js';

/** Words and signs between which cleaned up spaces vanish. */
const wordPiece = new JsonTokenizer(characterTokenizer(["don't se.!天"]), {
  settings: { clean_up_tokenization_spaces: true },
});
const byId = Array.from({ length: wordPiece.vocabSize }, (_, id) => wordPiece.token(id));

/** @param ids the start token first */
function piecesOf(decode: (ids: readonly number[]) => string, [start, ...ids]: readonly number[]): string[] {
  const stream = new TextStream(decode, start);
  return ids.map((id, place) => stream.append(id, place === ids.length - 1));
}

test('a word that loses its spaces later is given whole, and what follows it too', () => {
  const ids = ['[CLS]', 'd', '##o', 'n', "'", 't', 's', '##e', '##t', '.'].map((token) => byId.indexOf(token));
  const pieces = piecesOf((some) => wordPiece.decode(some), ids);
  expect(pieces.join('')).toBe("don't set.");
  // Not all at the end.
  expect(pieces.slice(0, -1).join('')).toBe("don't");
});

test.each(['wordpiece', 'bart', 'cpt'])('all pieces together are the text: %s', async (name) => {
  const tokenizer = name === 'wordpiece' ? wordPiece : await loadTokenizer(join(GOLDEN, name));
  const decode = (ids: readonly number[]): string => tokenizer.decode(ids);
  const random = new Random(5);
  let early = 0;
  for (let round = 0; round < 5000; round++) {
    const ids = Array.from({ length: 2 + random.below(12) }, () => random.below(tokenizer.vocabSize));
    const pieces = piecesOf(decode, ids);
    expect([ids, pieces.join('')]).toEqual([ids, decode(ids)]);
    if (pieces.slice(0, -1).some((piece) => piece !== '')) early++;
  }
  expect(early).toBeGreaterThan(500);
});

test('a tokenizer that takes words back is followed from where the texts part', () => {
  const texts = ['one', 'one two', 'one two three', 'one 2 3 four', 'one 2 3 four five'];
  expect(piecesOf((ids) => texts[ids.length - 2], [9, 0, 1, 2, 3, 4])).toEqual([
    '',
    'one',
    ' two',
    '2 3',
    ' four five',
  ]);
});
