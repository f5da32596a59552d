import type { SequenceToSequenceConfig, SequenceToSequenceExample, Tokenizer } from '@hashee/core';
import type { Pair } from './read-pairs.js';

export interface EncodedPairs {
  readonly examples: readonly SequenceToSequenceExample[];
  /** Sources that were cut. */
  readonly truncated: number;
}

/**
 * Pairs in tokens. An output is what the tokenizer makes of its text, special tokens included, as transformers trains these models; a
 * start token that the decoder is given anyway isn't asked for again.
 */
export function encodePairs(
  pairs: readonly Pair[],
  tokenizer: Tokenizer,
  { decoderStartTokenId, endTokenIds, sourceSegment }: SequenceToSequenceConfig,
  { maxSource, maxTarget }: { readonly maxSource: number; readonly maxTarget: number },
): EncodedPairs {
  let truncated = 0;
  const examples = pairs.map(({ source, target }) => {
    const { inputIds, truncated: cut } = tokenizer.encode(source, { maxLength: maxSource });
    if (cut) truncated++;
    const ids = tokenizer.encode(target, { maxLength: maxTarget }).inputIds;
    const labels = Array.from(ids[0] === decoderStartTokenId ? ids.subarray(1) : ids);
    if (endTokenIds.length > 0 && !endTokenIds.includes(labels[labels.length - 1])) labels.push(endTokenIds[0]);
    return { inputIds, tokenTypeIds: new Uint8Array(inputIds.length).fill(sourceSegment), labels };
  });
  return { examples, truncated };
}
