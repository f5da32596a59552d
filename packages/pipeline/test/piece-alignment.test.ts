import { expect, test } from 'vitest';
import { alignPieces } from '../src/piece-alignment.js';

const cut = (text: string, pieces: (string | undefined)[]): (string | undefined)[] =>
  alignPieces(text, pieces).map((span) => span && text.slice(span.start, span.end));

test('finds uncased, accent-stripped pieces in the original text', () => {
  expect(
    cut('  Zoë Müller-Lüdenscheidt, São Paulo', ['zoe', 'mu', 'ller', '-', 'ludens', 'cheidt', ',', 'sao', 'paulo']),
  ).toEqual(['Zoë', 'Mü', 'ller', '-', 'Lüdens', 'cheidt', ',', 'São', 'Paulo']);
});

test('handles characters outside the basic plane and decomposed accents', () => {
  expect(cut('a 😀 Cafe\u0301 b', ['a', '😀', 'cafe', 'b'])).toEqual(['a', '😀', 'Cafe', 'b']);
});

test('an unknown piece takes the words up to the next known one', () => {
  expect(cut('live in ☃☃ village', ['live', 'in', undefined, 'village'])).toEqual(['live', 'in', '☃☃', 'village']);
  expect(cut('ends with ☃', ['ends', 'with', undefined])).toEqual(['ends', 'with', '☃']);
});

test('does not find a short word inside a skipped one', () => {
  expect(cut('ꜳban a book', [undefined, 'a', 'book'])).toEqual(['ꜳban', 'a', 'book']);
});

test('gives no position rather than a wrong one', () => {
  expect(cut('one two', ['one', 'three', 'two'])).toEqual(['one', undefined, 'two']);
  expect(cut('x y z', ['x', undefined, undefined, 'z'])).toEqual(['x', undefined, undefined, 'z']);
});
