import { isObject, type TokenizerFile } from './tokenizer-file.js';

const FIELDS = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'] as const;
const LISTS = ['additional_special_tokens', 'extra_special_tokens'] as const;

/**
 * Ids of special tokens: the added tokens that tokenizer.json marks as such, those that tokenizer_config.json names, and
 * the one for unknown words.
 * @param idOf id of a token, if the vocabulary has it
 */
export function readSpecialIds(
  { model, addedTokens }: TokenizerFile,
  settings: Readonly<Record<string, unknown>>,
  idOf: (token: string) => number | undefined,
): ReadonlySet<number> {
  const ids = new Set(addedTokens.filter(({ special }) => special).map(({ id }) => id));
  const named = [
    ...FIELDS.map((field) => settings[field]),
    ...LISTS.flatMap((field) => (isObject(settings[field]) ? Object.values(settings[field]) : (settings[field] ?? []))),
    model['unk_token'],
  ];
  for (const token of named) {
    const content = isObject(token) ? token['content'] : token;
    const id = typeof content === 'string' ? idOf(content) : undefined;
    if (id !== undefined) ids.add(id);
  }
  if (model.type === 'Unigram' && Number.isInteger(model['unk_id'])) ids.add(model['unk_id'] as number);
  return ids;
}
