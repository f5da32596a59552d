import { createHash } from 'node:crypto';
import { isObject, type TokenizerFile } from './tokenizer-file.js';

/** Parts of tokenizer.json that decide how text is cut. Truncation, padding and decoding don't. */
const PARTS = ['normalizer', 'pre_tokenizer', 'post_processor'] as const;
/** Settings of tokenizer_config.json that the tokenizer library applies to the text. */
const SETTINGS = ['remove_space', 'do_lowercase_and_remove_accent'] as const;

/**
 * SHA-256 over what decides how text is cut into ids, as hex. Key order, unset fields and the two ways to write merges
 * make no difference, so a file that another version of transformers saved again keeps its fingerprint.
 */
export function fingerprintOf({ json, model, addedTokens }: TokenizerFile, settings: Record<string, unknown>): string {
  const { vocab, merges, ...rest } = model as Record<string, unknown>;
  const hash = createHash('sha256');
  hash.update(JSON.stringify(sorted(rest, true)));
  hash.update(JSON.stringify(Array.isArray(vocab) ? vocab : entriesById(vocab as Readonly<Record<string, number>>)));
  if (Array.isArray(merges))
    hash.update(JSON.stringify(merges.map((merge: unknown) => (Array.isArray(merge) ? merge.join(' ') : merge))));
  hash.update(JSON.stringify(PARTS.map((part) => sorted(json[part] ?? null, false))));
  const added = (json['added_tokens'] ?? []) as readonly Record<string, unknown>[];
  const tokens = addedTokens.map(({ id, content, special }, index) => {
    const { lstrip, rstrip, single_word: singleWord, normalized } = added[index];
    return [id, content, lstrip === true, rstrip === true, singleWord === true, normalized ?? !special];
  });
  hash.update(JSON.stringify(tokens.sort((a, b) => (a[0] as number) - (b[0] as number))));
  hash.update(JSON.stringify(SETTINGS.map((name) => settings[name] === true)));
  return hash.digest('hex');
}

/** Pieces with their ids, by id. Ids are checked already: below a limit, and none twice. */
function entriesById(vocab: Readonly<Record<string, number>>): [piece: string, id: number][] {
  const pieces: (string | undefined)[] = [];
  for (const piece of Object.keys(vocab)) pieces[vocab[piece]] = piece;
  const entries: [string, number][] = [];
  for (const [id, piece] of pieces.entries()) if (piece !== undefined) entries.push([piece, id]);
  return entries;
}

/** The same value with sorted keys, without null and, where asked for, without false. */
function sorted(value: unknown, dropFalse: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => sorted(item, dropFalse));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null && !(dropFalse && item === false))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item, dropFalse)]),
  );
}
