import { type EncodedText, HasheeError, type Tokenizer } from '@hashee/core';

/** A sentence given as words, in tokens. */
export interface EncodedWords extends EncodedText {
  /** `[words]`, position of each word's first token; -1 where it was cut off or has no token. */
  readonly firstTokens: Int32Array;
}

interface Frame {
  readonly prefix: readonly number[];
  readonly suffix: readonly number[];
}

const frames = new WeakMap<Tokenizer, Frame>();

/**
 * Cuts words into tokens one by one, so that every token belongs to one word, and puts the special tokens around them.
 * Words after the first follow a blank, which tokenizers that mark the beginning of words need.
 * @param options.maxLength in tokens, special tokens included
 */
export function encodeWords(
  tokenizer: Tokenizer,
  words: readonly string[],
  options: { readonly maxLength?: number | undefined } = {},
): EncodedWords {
  const { prefix, suffix } = frameOf(tokenizer);
  const room = (options.maxLength ?? Number.POSITIVE_INFINITY) - prefix.length - suffix.length;
  if (room < 1)
    throw new HasheeError('INVALID_ARGUMENT', `maxLength ${options.maxLength} leaves no room for words.`, {
      fields: { maxLength: options.maxLength, special: prefix.length + suffix.length },
    });
  const ids: number[] = [];
  const firstTokens = new Int32Array(words.length).fill(-1);
  words.forEach((word, i) => {
    const { inputIds } = tokenizer.encode(i === 0 ? word : ` ${word}`);
    const pieces = inputIds.subarray(prefix.length, inputIds.length - suffix.length);
    if (pieces.length > 0 && ids.length < room) firstTokens[i] = prefix.length + ids.length;
    for (const id of pieces) ids.push(id);
  });
  const inputIds = Int32Array.from([...prefix, ...ids.slice(0, room), ...suffix]);
  return {
    inputIds,
    tokenTypeIds: new Uint8Array(inputIds.length),
    truncated: ids.length > room,
    fullLength: prefix.length + ids.length + suffix.length,
    firstTokens,
  };
}

/** The special tokens around a text: what two different texts have in common at both ends. */
function frameOf(tokenizer: Tokenizer): Frame {
  const known = frames.get(tokenizer);
  if (known) return known;
  const a = tokenizer.encode('a').inputIds;
  const b = tokenizer.encode('b').inputIds;
  const shortest = Math.min(a.length, b.length);
  let prefix = 0;
  while (prefix < shortest && a[prefix] === b[prefix]) prefix++;
  let suffix = 0;
  while (suffix < shortest - prefix && a[a.length - 1 - suffix] === b[b.length - 1 - suffix]) suffix++;
  if (prefix === a.length || prefix === b.length)
    throw new HasheeError(
      'UNSUPPORTED',
      "The tokenizer doesn't tell the letters a and b apart, so words can't be aligned with its tokens.",
    );
  const frame = { prefix: [...a.subarray(0, prefix)], suffix: [...a.subarray(a.length - suffix)] };
  frames.set(tokenizer, frame);
  return frame;
}
