import { HasheeError } from '@hashee/core';
import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers';
import { isObject, type TokenizerFile } from './tokenizer-file.js';

/** Words of one generation kept with their ids; real text asks for the same ones over and over. */
const CACHED_WORDS = 30_000;
const CACHED_LENGTH = 64;

/** Ideographs outside the Basic Multilingual Plane, which BERT separates like all others. */
const SUPPLEMENTARY_IDEOGRAPHS = /[\u{20000}-\u{2A6DF}\u{2A700}-\u{2CEAF}\u{2F800}-\u{2FA1F}]/gu;

/** Text to ids, without special tokens around it, and back. */
export interface TextEncoder {
  encode(text: string): ArrayLike<number>;
  /** By the decoder of tokenizer.json. */
  decode(ids: readonly number[]): string;
  tokenOf(id: number): string | undefined;
  idOf(token: string): number | undefined;
}

/**
 * The tokenizer library, with words remembered where that changes nothing: BERT's words end at spaces whatever stands
 * around them, and so do those of byte-level BPE at single spaces, which belong to the word that follows.
 * @throws HasheeError `INVALID_TOKENIZER` when the library can't make sense of the file
 */
export function createTextEncoder(file: TokenizerFile, settings: Readonly<Record<string, unknown>>): TextEncoder {
  const { json, model, path } = file;
  let library: LibraryTokenizer;
  try {
    // Special tokens are put around the texts after truncation, which the library doesn't do.
    library = new LibraryTokenizer(
      { normalizer: null, pre_tokenizer: null, added_tokens: [], ...json, model, decoder: null, post_processor: null },
      settings,
    );
  } catch (cause) {
    throw unusable(path, cause);
  }
  const encodePlain = (text: string): number[] => {
    let ids: readonly (number | undefined)[];
    try {
      ids = library.encode(text, { add_special_tokens: false }).ids;
    } catch (cause) {
      throw unusable(path, cause);
    }
    if (!ids.every(Number.isInteger))
      throw new HasheeError(
        'INVALID_TOKENIZER',
        `${path} has no token for unknown pieces, and the text has such a piece.`,
        { fields: { path, text: text.slice(0, 100) } },
      );
    return ids as number[];
  };
  let decoder: LibraryTokenizer | undefined;
  return {
    decode(ids) {
      // Made by itself: most who read texts never write any.
      decoder ??= new LibraryTokenizer(
        {
          normalizer: null,
          pre_tokenizer: null,
          added_tokens: [],
          decoder: null,
          ...json,
          model,
          post_processor: null,
        },
        settings,
      );
      return decoder.decode([...ids], {
        clean_up_tokenization_spaces: settings['clean_up_tokenization_spaces'] === true,
      });
    },
    encode: isBert(file)
      ? cachedByWord((text) => text.split(' '), bertCorrections(json, encodePlain))
      : isByteLevel(file)
        ? cachedByWord((text) => text.split(/(?<=\S)(?= \S)/u), encodePlain)
        : encodePlain,
    tokenOf: (id) => library.id_to_token(id),
    idOf: (token) => library.token_to_id(token),
  };
}

function unusable(path: string, cause: unknown): HasheeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new HasheeError('INVALID_TOKENIZER', `${path} can't be used: ${reason}`, { fields: { path }, cause });
}

function isBert({ json, model, addedTokens }: TokenizerFile): boolean {
  return (
    model.type === 'WordPiece' &&
    typeOf(json['normalizer']) === 'BertNormalizer' &&
    typeOf(json['pre_tokenizer']) === 'BertPreTokenizer' &&
    !addedTokens.some(({ content }) => /\s/u.test(content))
  );
}

function isByteLevel({ json, model, addedTokens }: TokenizerFile): boolean {
  const preTokenizer = json['pre_tokenizer'];
  return (
    model.type === 'BPE' &&
    (json['normalizer'] ?? null) === null &&
    isObject(preTokenizer) &&
    preTokenizer['type'] === 'ByteLevel' &&
    preTokenizer['use_regex'] !== false &&
    !addedTokens.some(({ content, rstrip }) => rstrip || /\s/u.test(content))
  );
}

function typeOf(component: unknown): unknown {
  return isObject(component) ? component['type'] : undefined;
}

/**
 * Two habits of the original that the library doesn't have: rarer ideographs are words of their own too, and a capital
 * sigma becomes a small one that isn't final.
 */
function bertCorrections(json: Readonly<Record<string, unknown>>, encode: (text: string) => number[]) {
  const normalizer = json['normalizer'] as Record<string, unknown>;
  const ideographs = normalizer['handle_chinese_chars'] === true;
  const lowercase = normalizer['lowercase'] === true;
  return (word: string): number[] => {
    let corrected = word;
    if (ideographs) corrected = corrected.replace(SUPPLEMENTARY_IDEOGRAPHS, ' $& ');
    if (lowercase) corrected = corrected.replaceAll('Σ', 'σ');
    return encode(corrected);
  };
}

/** Two generations of words: when the younger one is full the older one goes, and what is still asked for moves over. */
function cachedByWord(
  split: (text: string) => string[],
  encode: (text: string) => number[],
): (text: string) => number[] {
  let younger = new Map<string, number[]>();
  let older = new Map<string, number[]>();
  return (text) => {
    const ids: number[] = [];
    for (const word of split(text)) {
      if (word === '') continue;
      let pieces = younger.get(word);
      if (!pieces) {
        pieces = older.get(word) ?? encode(word);
        if (younger.size >= CACHED_WORDS) [older, younger] = [younger, new Map()];
        if (word.length <= CACHED_LENGTH) younger.set(word, pieces);
      }
      for (const piece of pieces) ids.push(piece);
    }
    return ids;
  };
}
