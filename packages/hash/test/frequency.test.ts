import { HasheeError } from '@hashee/core';
import { describe, expect, it } from 'vitest';
import { type CorpusExample, frequencyHash, type HashProgress } from '../src/index.js';
import { dev, train, words } from './words.js';

const layerOf = (exitLayer: Uint8Array, ...tokens: string[]): number[] =>
  tokens.map((token) => exitLayer[words.id(token)]);

describe('frequencyHash', () => {
  it('ranks by occurrences in train and dev, ties by first occurrence', async () => {
    const table = await frequencyHash({ layers: 3, buckets: 3, tokenizer: words, train, dev });
    expect([...table.ranking!].map((id) => words.token(id))).toEqual(['good', 'movie', 'bad', 'plot', 'fun', 'twist']);
    expect(layerOf(table.exitLayer, 'good', 'movie', 'bad', 'plot', 'fun', 'twist')).toEqual([1, 1, 2, 2, 3, 3]);
    expect(layerOf(table.exitLayer, '[CLS]', 'good', 'awful', 'movie', '[SEP]')).toEqual([3, 1, 3, 1, 3]);
    expect(table.exitLayer.length).toBe(words.vocabSize);
    expect(table.tokenizerFingerprint).toBe('words');
  });

  it('keeps how it was made, as plain JSON', async () => {
    const table = await frequencyHash({ layers: 3, tokenizer: words, train, dev });
    expect(table.hash).toEqual({
      name: 'frequency',
      parameters: { types: 6, train: { sequences: 4, tokens: 18 }, dev: { sequences: 1, tokens: 5 }, buckets: 3 },
    });
    expect(JSON.parse(JSON.stringify(table.hash))).toEqual(table.hash);
  });

  it('treats a type that only a third corpus has as unseen', async () => {
    const table = await frequencyHash({ layers: 3, tokenizer: words, train });
    expect(layerOf(table.exitLayer, 'twist', 'awful')).toEqual([3, 3]);
    expect(table.ranking).not.toContain(words.id('twist'));
  });

  it('reads generators, synchronous or not, and typed arrays alike', async () => {
    async function* stream(): AsyncGenerator<CorpusExample> {
      for (const { inputIds } of train) yield { inputIds: Int32Array.from(inputIds) };
    }
    const expected = await frequencyHash({ layers: 3, tokenizer: words, train, dev });
    const table = await frequencyHash({ layers: 3, tokenizer: words, train: stream(), dev: dev.values() });
    expect(table).toEqual(expected);
  });

  it('leaves entries of a larger embedding at L', async () => {
    const table = await frequencyHash({ layers: 3, tokenizer: words, vocabSize: 16, train });
    expect([...table.exitLayer.subarray(words.vocabSize)]).toEqual([3, 3, 3, 3, 3, 3]);
  });

  it('reports progress to the end of each corpus', async () => {
    const events: HashProgress[] = [];
    await frequencyHash({ layers: 3, tokenizer: words, train, dev, onProgress: (event) => events.push(event) });
    expect(events).toEqual([
      { status: 'reading', corpus: 'train', sequences: 4, tokens: 18, done: true },
      { status: 'reading', corpus: 'dev', sequences: 1, tokens: 5, done: true },
    ]);
  });

  it('stops when aborted, also while a long array is read', async () => {
    const options = { layers: 3, tokenizer: words, train };
    const isAborted = (error: unknown): boolean => HasheeError.isInstance(error, 'ABORTED') && error.cause === 'enough';
    await expect(frequencyHash({ ...options, signal: AbortSignal.abort('enough') })).rejects.toSatisfy(isAborted);
    const controller = new AbortController();
    let read = 0;
    function* endless(): Generator<CorpusExample> {
      for (; ; read++) yield train[read % train.length];
    }
    setTimeout(() => controller.abort('enough'), 5);
    await expect(frequencyHash({ ...options, train: endless(), signal: controller.signal })).rejects.toSatisfy(
      isAborted,
    );
    expect(read).toBeGreaterThan(0);
  });

  it.each([
    ['an id outside the vocabulary', [{ inputIds: [1, 10, 2] }], 'token 1 of sequence 0 has id 10, expected 0 to 9'],
    ['a fractional id', [{ inputIds: [1.5] }], 'has id 1.5'],
    ['a sequence without tokens', [{ inputIds: [1, 2] }, { inputIds: [] }], 'sequence 1 has no tokens'],
    ['an example without ids', [{} as CorpusExample], 'sequence 0 has no tokens'],
  ])('refuses %s', async (_, corpus, message) => {
    await expect(frequencyHash({ layers: 3, tokenizer: words, train: corpus })).rejects.toSatisfy(
      (error) => HasheeError.isInstance(error, 'INVALID_DATA') && error.message.includes(message),
    );
  });

  it.each([
    ['an empty corpus', { train: [] }, 'The train corpus is empty'],
    ['a text as corpus', { train: 'good movie' as never }, 'must be an iterable or async iterable of { inputIds }'],
    ['more buckets than layers', { buckets: 4 }, 'got 4 buckets for 3 layers'],
    ['buckets and target', { buckets: 2, target: { meanExitLayer: 2 } }, 'Give buckets or target, not both'],
    ['no layer', { layers: 0 }, 'layers must be an integer from 1 to 255, got 0'],
    ['256 layers', { layers: 256 }, 'layers must be an integer from 1 to 255, got 256'],
  ])('refuses %s', async (_, wrong, message) => {
    await expect(frequencyHash({ layers: 3, tokenizer: words, train, ...wrong })).rejects.toSatisfy(
      (error) => HasheeError.isInstance(error, 'INVALID_ARGUMENT') && error.message.includes(message),
    );
  });
});
