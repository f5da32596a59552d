import { type EncodedText, HasheeError, type Tokenizer } from '@hashee/core';
import { describe, expect, it } from 'vitest';
import { type Dataset, encodeDataset, encodeWords, loadTask } from '../src/index.js';
import { dataDirectory } from './data-directory.js';
import { smallTokenizer } from './small-tokenizer.js';

const tokenizer = smallTokenizer(['new', 'york', 'is', 'big', 'in', '##ing']);
const tokens = ({ inputIds }: { inputIds: ArrayLike<number> }): string[] =>
  Array.from(inputIds, (id) => tokenizer.token(id));

describe('encodeWords', () => {
  it('says where each word begins', () => {
    const encoded = encodeWords(tokenizer, ['New', 'Yorking', 'is', '@big', '\u0000', 'ü']);
    expect(tokens(encoded)).toEqual(['[CLS]', 'new', 'york', '##ing', 'is', '@', 'big', 'u', '[SEP]']);
    expect([...encoded.firstTokens]).toEqual([1, 2, 4, 5, -1, 7]);
    expect([...encoded.tokenTypeIds]).toEqual(Array(9).fill(0));
    expect([encoded.truncated, encoded.fullLength]).toEqual([false, 9]);
  });

  it('cuts in the middle of a word if it must', () => {
    const encoded = encodeWords(tokenizer, ['new', 'xyz', 'is'], { maxLength: 5 });
    expect(tokens(encoded)).toEqual(['[CLS]', 'new', 'x', '##y', '[SEP]']);
    expect([...encoded.firstTokens]).toEqual([1, 2, -1]);
    expect([encoded.truncated, encoded.fullLength]).toEqual([true, 7]);
    expect(() => encodeWords(tokenizer, ['new'], { maxLength: 2 })).toThrow(HasheeError);
  });

  it('agrees with the whole sentence, as BERT has the same words with and without blanks', () => {
    const words = ['In', 'New', 'York', ',', 'big', 'is', 'yorking', '.'];
    expect(encodeWords(tokenizer, words).inputIds).toEqual(tokenizer.encode(words.join(' ')).inputIds);
  });

  it('tells the beginning of words to tokenizers that mark it', () => {
    const ids = new Map<string, number>();
    const idOf = (piece: string): number => {
      if (!ids.has(piece)) ids.set(piece, ids.size + 2);
      return ids.get(piece) as number;
    };
    const marking: Tokenizer = {
      vocabSize: 100,
      specialIds: new Set([0, 1]),
      fingerprint: 'x',
      encode(text): EncodedText {
        const inputIds = Int32Array.from([0, ...(String(text).match(/ ?[^ ]+/g) ?? []).map(idOf), 1]);
        return {
          inputIds,
          tokenTypeIds: new Uint8Array(inputIds.length),
          truncated: false,
          fullLength: inputIds.length,
        };
      },
      token: (id) => [...ids].find(([, own]) => own === id)?.[0] ?? '',
    };
    expect(encodeWords(marking, ['big', 'big']).inputIds).toEqual(marking.encode('big big').inputIds);
    const deaf: Tokenizer = { ...marking, encode: () => ({ ...marking.encode('a'), inputIds: Int32Array.of(0, 1) }) };
    expect(() => encodeWords(deaf, ['big'])).toThrow("doesn't tell the letters a and b apart");
  });
});

describe('encodeDataset', () => {
  const base = { file: 'some.tsv', labels: ['a', 'b'] };

  it('encodes texts and pairs with their labels', async () => {
    const dataset: Dataset<'sequence-classification'> = {
      ...base,
      kind: 'sequence-classification',
      examples: [
        { text: 'New York', label: 1 },
        { text: ['is', 'big big big'], label: 0 },
      ],
    };
    const { task, labels, sequences, truncated } = await encodeDataset(dataset, tokenizer, { maxLength: 6 });
    expect([task, labels, truncated]).toEqual(['sequence-classification', ['a', 'b'], 1]);
    expect(sequences.map(tokens)).toEqual([
      ['[CLS]', 'new', 'york', '[SEP]'],
      ['[CLS]', 'is', '[SEP]', 'big', 'big', '[SEP]'],
    ]);
    expect([...(sequences[1].tokenTypeIds as Uint8Array)]).toEqual([0, 0, 0, 1, 1, 1]);
    expect(sequences.map(({ label }) => label)).toEqual([1, 0]);
  });

  it('gives the tag of a word to its first token', async () => {
    const dataset: Dataset<'token-classification'> = {
      ...base,
      kind: 'token-classification',
      examples: [{ words: ['in', 'yorking', 'x'], tags: [0, 1, 0] }],
    };
    const { sequences, truncated } = await encodeDataset(dataset, tokenizer);
    expect(tokens(sequences[0])).toEqual(['[CLS]', 'in', 'york', '##ing', 'x', '[SEP]']);
    expect(sequences[0].label).toEqual(Int32Array.of(-1, 0, 1, -1, 0, -1));
    expect(truncated).toBe(0);
  });

  it('refuses examples without labels, and stops at an abort', async () => {
    const dataset: Dataset<'regression'> = { ...base, kind: 'regression', examples: [{ text: 'big' }] };
    await expect(encodeDataset(dataset, tokenizer)).rejects.toThrow('Example 0 of some.tsv has no label');
    const words: Dataset<'token-classification'> = {
      ...base,
      kind: 'token-classification',
      examples: [{ words: ['x'] }],
    };
    await expect(encodeDataset(words, tokenizer)).rejects.toThrow('has no label');
    const signal = AbortSignal.abort();
    await expect(encodeDataset(dataset, tokenizer, { signal })).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it.skipIf(!dataDirectory)('keeps the tag of every word of WNUT-17 that has a token', async () => {
    const { dev } = await loadTask('wnut17-ner', { directory: dataDirectory });
    const { sequences } = await encodeDataset(dev, tokenizer);
    const kept = sequences.map(({ label }) => [...(label as Int32Array)].filter((tag) => tag >= 0));
    const expected = dev.examples.map(({ words, tags }) =>
      (tags as number[]).filter((_, i) => tokenizer.encode(words[i]).inputIds.length > 2),
    );
    expect(kept).toEqual(expected);
    // Four words are invisible characters; none is part of an entity.
    const all = dev.examples.flatMap(({ tags }) => tags as number[]);
    expect(kept.flat()).toHaveLength(all.length - 4);
    expect(kept.flat().filter((tag) => tag > 0)).toEqual(all.filter((tag) => tag > 0));
  });
});
