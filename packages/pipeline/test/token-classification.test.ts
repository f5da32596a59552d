import { collate } from '@hashee/core';
import { referenceForward, tinyCheckpoint, tinyHead } from '@hashee/core/testing';
import { describe, expect, test } from 'vitest';
import { type PipelineModel, pipeline } from '../src/index.js';
import { decodeTokenClassification, type TokenClassificationOptions } from '../src/token-classification.js';
import { referenceBackend } from './reference-backend.js';
import { smallTokenizer } from './small-tokenizer.js';

const tokenizer = smallTokenizer();
const head = tinyHead('token-classification', 3);
const ln = Math.log;

/** Decodes a text whose pieces were given these tags, each with this probability (the rest shared evenly). */
function decode(
  text: string | readonly [string, string],
  tags: readonly (readonly [tag: string, probability: number])[],
  options: TokenClassificationOptions = {},
): ReturnType<typeof decodeTokenClassification> {
  const encoded = tokenizer.encode(text);
  const C = head.labels.length;
  const logits = Float32Array.from(
    tags.flatMap(([tag, p]) => head.labels.map((label) => ln(label === tag ? p : (1 - p) / (C - 1)))),
  );
  expect(logits).toHaveLength(encoded.inputIds.length * C);
  const exitLayers = new Uint8Array(encoded.inputIds.length).fill(2);
  return decodeTokenClassification({ text, encoded, logits, head, exitLayers, tokenizer }, options, 'wordpiece');
}

const O = ['O', 0.9] as const;
const close = (value: number): number => expect.closeTo(value, 6) as unknown as number;

describe('token-classification', () => {
  //             [CLS] Ang ##ela Mer ##kel met in Ber ##lin . [SEP]
  const text = 'Angela Merkel met in Berlin.';
  const tags = [
    ['B-PER', 0.99],
    ['B-PER', 0.8],
    ['O', 0.6],
    ['I-PER', 0.7],
    ['B-LOC', 0.5],
    O,
    O,
    ['B-LOC', 0.9],
    ['I-LOC', 0.7],
    O,
    ['B-LOC', 0.99],
  ] as const;

  test('words take the tag of their first piece, neighbouring words are joined', () => {
    expect(decode(text, tags).entities).toEqual([
      { entity: 'PER', score: close(0.75), word: 'Angela Merkel', index: 1, start: 0, end: 13 },
      { entity: 'LOC', score: close(0.9), word: 'Berlin', index: 7, start: 21, end: 27 },
    ]);
  });

  test('none: every piece by itself', () => {
    expect(decode(text, tags, { aggregation: 'none' }).entities).toEqual([
      { entity: 'B-PER', score: close(0.8), word: 'Ang', index: 1, start: 0, end: 3 },
      { entity: 'I-PER', score: close(0.7), word: 'Mer', index: 3, start: 7, end: 10 },
      { entity: 'B-LOC', score: close(0.5), word: 'kel', index: 4, start: 10, end: 13 },
      { entity: 'B-LOC', score: close(0.9), word: 'Ber', index: 7, start: 21, end: 24 },
      { entity: 'I-LOC', score: close(0.7), word: 'lin', index: 8, start: 24, end: 27 },
    ]);
  });

  test('simple: neighbouring pieces of one entity are joined', () => {
    expect(decode(text, tags, { aggregation: 'simple' }).entities.map(({ entity, word }) => [entity, word])).toEqual([
      ['PER', 'Ang'],
      ['PER', 'Mer'],
      ['LOC', 'kel'],
      ['LOC', 'Berlin'],
    ]);
  });

  test('a B- tag begins a new entity of the same kind', () => {
    const two = decode('Angela , Berlin', [O, ['B-PER', 0.8], O, ['I-PER', 0.8], ['B-PER', 0.6], O, O]);
    expect(two.entities.map(({ word, score }) => [word, score])).toEqual([
      ['Angela ,', close(0.8)],
      ['Berlin', close(0.6)],
    ]);
  });

  test('unknown words keep their text, special tokens are never entities', () => {
    const found = decode('met Žižek in Berlin', [
      ['B-PER', 0.9],
      O,
      ['B-PER', 0.9],
      O,
      ['B-LOC', 0.9],
      ['I-LOC', 0.9],
      ['B-PER', 0.9],
    ]);
    expect(found.entities.map(({ word }) => word)).toEqual(['Žižek', 'Berlin']);
  });

  test('pairs have words without positions', () => {
    const { entities } = decode(['Angela Merkel', 'Berlin'], [O, ['B-PER', 0.8], O, ['I-PER', 0.8], O, O, O, O, O]);
    expect(entities).toEqual([{ entity: 'PER', score: close(0.8), word: 'Angela Merkel', index: 1 }]);
  });

  test('ignoreLabels replaces the list of tags left out', () => {
    const { entities } = decode('met Berlin', [O, O, ['B-LOC', 0.9], O, O], { ignoreLabels: ['LOC'] });
    expect(entities.map(({ entity, word }) => [entity, word])).toEqual([['O', 'met']]);
  });

  test('runs through a model, token by token', async () => {
    const model: PipelineModel = { ...tinyCheckpoint({ heads: [head] }), tokenizer };
    const texts = ['Angela met Merkel', 'in Berlin , the actor'];
    const tag = await pipeline('token-classification', model, { backend: referenceBackend() });
    const answers = await tag(texts, { aggregation: 'none', ignoreLabels: [], explain: true });
    for (const [i, input] of texts.entries()) {
      const { inputIds } = tokenizer.encode(input);
      const logits = (await referenceForward(model, collate([{ inputIds }]))).logits('main');
      const best = Array.from({ length: inputIds.length }, (_, t) => {
        const row = Array.from(logits.slice(t * 5, t * 5 + 5));
        return head.labels[row.indexOf(Math.max(...row))];
      });
      expect(answers[i].entities.map(({ entity }) => entity)).toEqual(best.slice(1, -1));
      expect(answers[i].exits).toHaveLength(inputIds.length);
    }
  });
});
