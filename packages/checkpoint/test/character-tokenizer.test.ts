import { expect, test } from 'vitest';
import { characterTokenizer, JsonTokenizer } from '../src/index.js';

const tokenizer = new JsonTokenizer(characterTokenizer(['人口流动,DNA 2.0', '人口研究']));

test('every character is a piece, words of other scripts are spelled', () => {
  const { inputIds } = tokenizer.encode('人口DNA 20');
  expect(Array.from(inputIds, (id) => tokenizer.token(id))).toEqual([
    '[CLS]',
    '人',
    '口',
    'd',
    '##n',
    '##a',
    '2',
    '##0',
    '[SEP]',
  ]);
});

test('ids follow occurrences, and what the texts lack is unknown', () => {
  expect(tokenizer.token(5)).toBe('人');
  expect(tokenizer.token(6)).toBe('口');
  expect(Array.from(tokenizer.encode('龙').inputIds)).toEqual([2, 1, 3]);
  expect([...tokenizer.specialIds].sort()).toEqual([0, 1, 2, 3, 4]);
  expect(tokenizer.decode(tokenizer.encode('研究DNA').inputIds)).toBe('研 究 dna');
});

test('rare characters can be left out', () => {
  const frequent = new JsonTokenizer(characterTokenizer(['人口流动', '人口研究'], { minimumCount: 2 }));
  expect(frequent.vocabSize).toBe(7);
});
