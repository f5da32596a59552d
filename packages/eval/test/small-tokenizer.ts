import { JsonTokenizer } from '@hashee/checkpoint';

/** A WordPiece tokenizer as BERT has it, with the vocabulary given and all letters as pieces. */
export function smallTokenizer(words: readonly string[]): JsonTokenizer {
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
  const vocabulary = [...special, ...words, ...letters, ...letters.map((letter) => `##${letter}`), '.', ',', '@', '&'];
  const vocab = Object.fromEntries(vocabulary.map((token, id) => [token, id]));
  const piece = (id: string, type_id: number): object => ({ SpecialToken: { id, type_id } });
  return new JsonTokenizer({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
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
      single: [piece('[CLS]', 0), { Sequence: { id: 'A', type_id: 0 } }, piece('[SEP]', 0)],
      pair: [
        piece('[CLS]', 0),
        { Sequence: { id: 'A', type_id: 0 } },
        piece('[SEP]', 0),
        { Sequence: { id: 'B', type_id: 1 } },
        piece('[SEP]', 1),
      ],
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
      vocab,
    },
  });
}
