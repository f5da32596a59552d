import { JsonTokenizer } from '@hashee/checkpoint';
import { evenly, splitGroups, taggedPieces } from '@hashee/difficulty';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'pa', '##ris', 'is', 'a', 'b'];
const tokenizer = new JsonTokenizer({
  version: '1.0',
  added_tokens: words.slice(0, 5).map((content, id) => ({
    ...{ id, content, special: true, normalized: false },
    ...{ single_word: false, lstrip: false, rstrip: false },
  })),
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [
      { SpecialToken: { id: '[CLS]', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '[SEP]', type_id: 0 } },
    ],
    pair: [],
    special_tokens: {
      '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
      '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
    },
  },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(words.map((token, id) => [token, id])),
  },
});

describe('splitGroups', () => {
  test('keeps groups together and loses nothing, whatever the seed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 60, maxLength: 90 }),
        fc.nat(),
        (keys, seed) => {
          fc.pre(new Set(keys).size > 15);
          const rows = keys.map((key, index) => ({ key: String(key), index }));
          const parts = splitGroups(rows, ({ key }) => key, [10, 10], seed);
          expect(
            parts
              .flat()
              .map(({ index }) => index)
              .sort((a, b) => a - b),
          ).toEqual([...keys.keys()]);
          const homes = new Map<string, number>();
          parts.forEach((part, home) => {
            for (const { key } of part) {
              expect(homes.get(key) ?? home).toBe(home);
              homes.set(key, home);
            }
          });
          expect(parts[0].length).toBeGreaterThanOrEqual(10);
        },
      ),
    );
  });

  test('the same seed gives the same parts, another one others', () => {
    const rows = Array.from({ length: 60 }, (_, index) => index);
    const by = (seed: number): number[][] => splitGroups(rows, (row) => String(Math.floor(row / 3)), [30], seed);
    expect(by(1)).toEqual(by(1));
    expect(by(1)).not.toEqual(by(2));
  });

  test('too few rows are refused', () => {
    expect(() => splitGroups([1, 2, 3], () => 'one premise', [1], 0)).toThrow(/3 rows in 1 groups/);
  });
});

test('evenly takes from the whole', () => {
  expect(evenly([0, 1, 2, 3, 4, 5, 6, 7], 4)).toEqual([0, 2, 4, 6]);
  expect(evenly([1, 2], 5)).toEqual([1, 2]);
});

describe('taggedPieces', () => {
  const dataset = {
    ...({ file: 'f', kind: 'token-classification', labels: ['O', 'B-place'] } as const),
    examples: [{ words: ['Paris', 'is', 'xyz'], tags: [1, 0, 1] }],
  };

  test('every piece has the tag of its word, an unknown word too; special tokens have none', () => {
    const [{ inputIds, label, firstTokens }] = taggedPieces(dataset, tokenizer, 16);
    expect([...(inputIds as Int32Array)]).toEqual([2, 5, 6, 7, 1, 3]);
    expect([...label]).toEqual([-1, 1, 1, 0, 1, -1]);
    expect([...firstTokens]).toEqual([1, 3, 4]);
  });

  test('words that are cut off have no piece', () => {
    const [{ label, firstTokens }] = taggedPieces(dataset, tokenizer, 5);
    expect([...label]).toEqual([-1, 1, 1, 0, -1]);
    expect([...firstTokens]).toEqual([1, 3, -1]);
  });
});
