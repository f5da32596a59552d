import type { Tokenizer } from '@hashee/core';
import { expect, test } from 'vitest';
import { continuesWord, detectPieceStyle, pieceText } from '../src/piece-style.js';

const vocabulary = (tokens: string[]): Tokenizer => ({
  vocabSize: tokens.length,
  specialIds: new Set(),
  fingerprint: 'test',
  encode: () => ({ inputIds: new Int32Array(), tokenTypeIds: new Uint8Array(), truncated: false, fullLength: 0 }),
  token: (id) => tokens[id],
});

test('recognises vocabularies by their marks', () => {
  expect(detectPieceStyle(vocabulary(['#', 'a', '##b', '##c']))).toBe('wordpiece');
  expect(detectPieceStyle(vocabulary(['<s>', 'Ġthe', 'Ġa', 's', '##']))).toBe('byte-level');
  expect(detectPieceStyle(vocabulary(['<s>', '▁the', 's']))).toBe('metaspace');
});

test('continuations and texts', () => {
  expect([continuesWord('##ing', 'wordpiece'), continuesWord('##', 'wordpiece')]).toEqual([true, false]);
  expect([continuesWord('ing', 'byte-level'), continuesWord('Ġthe', 'byte-level')]).toEqual([true, false]);
  expect(pieceText('##ing', 'wordpiece')).toBe('ing');
  expect(pieceText('▁Paulo', 'metaspace')).toBe('Paulo');
  // UTF-8 of é is C3 A9, written Ã and ©.
  expect(pieceText('ĠcafÃ©', 'byte-level')).toBe('café');
});
