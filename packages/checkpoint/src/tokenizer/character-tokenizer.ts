/** Ids 0 to 4, as BERT's vocabularies name them. */
const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

export interface CharacterTokenizerOptions {
  /** Characters that occur less often become [UNK]. @default 1 */
  readonly minimumCount?: number | undefined;
  /** @default true */
  readonly lowercase?: boolean | undefined;
}

/**
 * The content of a tokenizer.json whose pieces are the characters of some texts: what WordPiece vocabularies make of Chinese, where
 * every character is a word. Words of other scripts and numbers are spelled, `d ##n ##a`. The same texts give the same ids: special
 * tokens first, then by the number of occurrences. `JsonTokenizer` takes it.
 */
export function characterTokenizer(
  texts: Iterable<string>,
  { minimumCount = 1, lowercase = true }: CharacterTokenizerOptions = {},
): Record<string, unknown> {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const character of lowercase ? text.toLowerCase() : text)
      if (!/[\s\p{C}]/u.test(character)) counts.set(character, (counts.get(character) ?? 0) + 1);
  const frequent = [...counts].filter(([, count]) => count >= minimumCount);
  frequent.sort(([a, first], [b, second]) => second - first || (a < b ? -1 : 1));
  const pieces = frequent.flatMap(([character]) => (spelled(character) ? [character, `##${character}`] : [character]));
  const tokens = [...SPECIAL, ...pieces];
  const special = (name: string): { id: string; ids: number[]; tokens: string[] } => ({
    id: name,
    ids: [SPECIAL.indexOf(name)],
    tokens: [name],
  });
  const edge = (name: string, segment: number): object => ({ SpecialToken: { id: name, type_id: segment } });
  const text = (id: string, segment: number): object => ({ Sequence: { id, type_id: segment } });
  const single = [edge('[CLS]', 0), text('A', 0), edge('[SEP]', 0)];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL.map((content, id) => ({
      ...{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
    })),
    normalizer: {
      ...{ type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: false, lowercase },
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: [...single, text('B', 1), edge('[SEP]', 1)],
      special_tokens: { '[CLS]': special('[CLS]'), '[SEP]': special('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      ...{ type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100 },
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  };
}

/** Letters and digits stand in words of several characters; Chinese characters and signs are words of their own. */
function spelled(character: string): boolean {
  return /[\p{L}\p{M}\p{N}]/u.test(character) && !/\p{Script=Han}/u.test(character);
}
