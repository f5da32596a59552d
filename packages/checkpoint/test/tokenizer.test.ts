import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { TextInput } from '@hashee/core';
import { describe, expect, it } from 'vitest';
import { JsonTokenizer, loadTokenizer } from '../src/index.js';
import { failure } from './failure.js';
import { temporaryFolder } from './temporary-folder.js';

const GOLDEN = join(import.meta.dirname, 'golden', 'tokenizers');

interface Expected {
  readonly vocabSize: number;
  readonly specialIds: number[];
  readonly cases: { text: TextInput; length: number | null; ids: number[]; types: number[] }[];
}

async function json<T = Record<string, unknown>>(...path: string[]): Promise<T> {
  return JSON.parse(await readFile(join(GOLDEN, ...path), 'utf8')) as T;
}

describe.each(['bert', 'bert-cased', 'roberta', 'albert'])('%s', (name) => {
  it('cuts and truncates difficult texts as the Python library does, when it sees them first and again', async () => {
    const { cases } = await json<Expected>(name, 'expected.json');
    const tokenizer = await loadTokenizer(join(GOLDEN, name));
    expect(cases.length).toBeGreaterThan(100);
    for (const { text, length, ids, types } of [...cases, ...cases]) {
      const encoded = tokenizer.encode(text, length === null ? {} : { maxLength: length });
      const whole = tokenizer.encode(text);
      expect({ text, length, ids: Array.from(encoded.inputIds), types: Array.from(encoded.tokenTypeIds) }).toEqual({
        text,
        length,
        ids,
        types,
      });
      expect(encoded).toMatchObject({
        fullLength: whole.inputIds.length,
        truncated: ids.length < whole.inputIds.length,
      });
    }
  });

  it('knows its size, its special tokens and its entries', async () => {
    const expected = await json<Expected>(name, 'expected.json');
    const tokenizer = await loadTokenizer(join(GOLDEN, name));
    expect(tokenizer.vocabSize).toBe(expected.vocabSize);
    expect([...tokenizer.specialIds].sort((a, b) => a - b)).toEqual(expected.specialIds);
    const { inputIds } = tokenizer.encode('the');
    expect(tokenizer.token(inputIds[0])).toBe({ roberta: '<s>' }[name] ?? '[CLS]');
    expect(() => tokenizer.token(tokenizer.vocabSize)).toThrow(/no entry/);
  });

  it('gives the same ids whatever it saw before', async () => {
    const { cases } = await json<Expected>(name, 'expected.json');
    const used = await loadTokenizer(join(GOLDEN, name));
    for (const { text } of cases) used.encode(text);
    const words = cases.flatMap(({ text }) => (typeof text === 'string' ? text.slice(0, 40) : []));
    for (let i = 0; i + 7 < words.length; i += 3) {
      const text = words.slice(i, i + 7).join(i % 2 ? ' ' : '  ');
      const fresh = await loadTokenizer(join(GOLDEN, name));
      expect(used.encode(text).inputIds).toEqual(fresh.encode(text).inputIds);
    }
  });
});

describe('on real text', async () => {
  const { data, lines, tokens, sha256 } = await json<{ data: string; lines: number; tokens: number; sha256: string }>(
    'digest.json',
  );
  const root = resolve(import.meta.dirname, '../../..');
  const model = join(root, '.cache', 'all-MiniLM-L6-v2');
  const file = join(process.env['HASHEE_DATA'] ?? resolve(root, '../shared/data'), data);

  it.skipIf(!existsSync(model) || !existsSync(file))(`all of ${data} has the Python library's ids`, async () => {
    const tokenizer = await loadTokenizer(model);
    const texts = (await readFile(file, 'utf8')).replace(/\n+$/, '').split('\n');
    const hash = createHash('sha256');
    let count = 0;
    for (const text of texts) {
      const { inputIds } = tokenizer.encode(text);
      count += inputIds.length;
      hash.update(`${inputIds.join(',')}\n`);
    }
    expect({ lines: texts.length, tokens: count, sha256: hash.digest('hex') }).toEqual({ lines, tokens, sha256 });
  });
});

describe('options', () => {
  it('keeps one segment for models that have no more', async () => {
    const bert = await loadTokenizer(join(GOLDEN, 'bert'), { segments: 0 });
    expect(new Set(bert.encode(['the dog', 'the fox']).tokenTypeIds)).toEqual(new Set([0]));
  });

  it('refuses lengths without room for the special tokens, and other things than text', async () => {
    const bert = await loadTokenizer(join(GOLDEN, 'bert'));
    expect(Array.from(bert.encode('the dog', { maxLength: 2 }).inputIds)).toEqual([2, 3]);
    for (const maxLength of [0, 1, -1, 2.5, Number.NaN])
      expect(() => bert.encode('the dog', { maxLength })).toThrow(/maxLength must be a whole number from 2/);
    expect(() => bert.encode(['a', 'b'], { maxLength: 2 })).toThrow(/from 3 up/);
    for (const text of [undefined, null, 7, ['a', 'b', 'c'], [], ['a', 7]])
      expect(() => bert.encode(text as unknown as string)).toThrow(/Expected a text or a pair/);
  });

  it('takes special tokens from tokenizer_config.json too', async () => {
    const file = await json('bert', 'tokenizer.json');
    const settings = { additional_special_tokens: ['the'], mask_token: { content: 'again' }, sep_token: 'absent' };
    const tokenizer = new JsonTokenizer(file, { settings });
    const [the, again] = ['the', 'again'].map((word) => tokenizer.encode(word).inputIds[1]);
    expect(tokenizer.specialIds).toEqual(new Set([0, 1, 2, 3, 4, the, again]));
  });
});

describe('fingerprint', () => {
  const print = (file: Record<string, unknown>, settings = {}): string =>
    new JsonTokenizer(file, { settings }).fingerprint;

  it('stays for what changes no ids', async () => {
    const file = await json('roberta', 'tokenizer.json');
    const model = file['model'] as Record<string, unknown>;
    const before = print(file);
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(print({ ...file, truncation: { max_length: 9 }, padding: null, version: '2.0', decoder: null })).toBe(
      before,
    );
    expect(print(Object.fromEntries(Object.entries(file).reverse()))).toBe(before);
    const merges = (model['merges'] as string[][]).map((merge) => [merge].flat().join(' '));
    expect(print({ ...file, model: { ...model, merges, byte_fallback: false, cache: null } })).toBe(before);
    const vocab = Object.fromEntries(Object.entries(model['vocab'] as Record<string, number>).reverse());
    expect(print({ ...file, model: { ...model, vocab } })).toBe(before);
    expect(print(file, { model_max_length: 8 })).toBe(before);
  });

  it('changes with everything that does', async () => {
    const file = await json('bert', 'tokenizer.json');
    const model = file['model'] as { vocab: Record<string, number> };
    const added = file['added_tokens'] as object[];
    const prints = [
      print(file),
      print({ ...file, normalizer: { ...(file['normalizer'] as object), lowercase: false } }),
      print({ ...file, pre_tokenizer: { type: 'Whitespace' } }),
      print({ ...file, post_processor: null }),
      print({ ...file, model: { ...model, max_input_chars_per_word: 50 } }),
      print({ ...file, model: { ...model, vocab: { ...model.vocab, brandnewword: Object.keys(model.vocab).length } } }),
      print({ ...file, added_tokens: added.slice(1) }),
      print({ ...file, added_tokens: [{ ...added[0], lstrip: true }, ...added.slice(1)] }),
      print(file, { do_lowercase_and_remove_accent: true }),
    ];
    expect(new Set(prints).size).toBe(prints.length);
  });
});

describe('damaged files', () => {
  it.each<[string, (file: Record<string, unknown>) => unknown, RegExp]>([
    ['no model', () => ({}), /"model" must be an object/],
    [
      'a model of another kind',
      (f) => ({ ...f, model: { type: 'WordLevel' } }),
      /"WordLevel"; supported are WordPiece/,
    ],
    ['a vocabulary that is a list', (f) => ({ ...f, model: { type: 'WordPiece', vocab: [] } }), /map pieces to ids/],
    ['an enormous id', (f) => ({ ...f, model: { type: 'WordPiece', vocab: { a: 4e9 } } }), /"a" has the id 4000000000/],
    [
      'an id twice',
      (f) => ({ ...f, model: { type: 'WordPiece', vocab: { a: 1, b: 1 } } }),
      /two vocabulary entries have the id 1/,
    ],
    ['a negative id', (f) => ({ ...f, model: { type: 'BPE', vocab: { a: -1 }, merges: [] } }), /has the id -1/],
    ['scores that are words', (f) => ({ ...f, model: { type: 'Unigram', vocab: [['a', 'b']] } }), /\[piece, score\]/],
    ['added tokens that are words', (f) => ({ ...f, added_tokens: ['a'] }), /entry 0 of "added_tokens"/],
    ['an unknown normalizer', (f) => ({ ...f, normalizer: { type: 'Shout' } }), /can't be used.*Shout/],
    [
      'a broken pattern',
      (f) => ({ ...f, normalizer: { type: 'Replace', pattern: { Regex: '(' }, content: '' } }),
      /can't be used/,
    ],
    [
      'an unknown post-processor',
      (f) => ({ ...f, post_processor: { type: 'Wrap' } }),
      /"Wrap"; supported are BertProcessing/,
    ],
    [
      'a template without its tokens',
      (f) => ({ ...f, post_processor: { ...(f['post_processor'] as object), special_tokens: {} } }),
      /can't be understood/,
    ],
    [
      'a template of nonsense',
      (f) => ({
        ...f,
        post_processor: {
          type: 'TemplateProcessing',
          single: [{ Sequence: { id: 'C', type_id: 0 } }],
          pair: [],
          special_tokens: {},
        },
      }),
      /can't be understood/,
    ],
    [
      'a separator without id',
      () => ({
        model: { type: 'WordPiece', vocab: { a: 0 } },
        post_processor: { type: 'BertProcessing', cls: ['a', 0] },
      }),
      /"sep" as \[token, id\]/,
    ],
  ])('%s', async (_, change, message) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(change(await json('bert', 'tokenizer.json'))));
    const error = await failure(loadTokenizer(folder));
    expect(['INVALID_TOKENIZER', 'UNSUPPORTED']).toContain(error.code);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(folder);
  });

  it('no file, and a vocabulary without a token for the unknown', async () => {
    const folder = await temporaryFolder();
    expect((await failure(loadTokenizer(folder))).message).toMatch(/no tokenizer\.json.*save_pretrained/);
    const lacking = { type: 'WordPiece', vocab: { a: 0 }, continuing_subword_prefix: '##', unk_token: '[UNK]' };
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify({ model: lacking }));
    const tokenizer = await loadTokenizer(folder);
    expect(Array.from(tokenizer.encode('a').inputIds)).toEqual([0]);
    expect(() => tokenizer.encode('b')).toThrow(/no token for unknown pieces/);
  });
});
