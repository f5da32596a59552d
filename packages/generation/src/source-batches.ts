import { HasheeError, type SequenceToSequenceConfig, type Tokenizer } from '@hashee/core';
import type { SourceBatchOptions } from './options/generation-options.js';

export const BATCH_SIZE = 8;
const MAX_BATCH_TOKENS = 8192;

/** A text as the encoder takes it. */
export interface Source {
  /** Position in the call. */
  readonly index: number;
  readonly inputIds: Int32Array;
  readonly tokenTypeIds: Uint8Array;
  readonly truncated: boolean;
}

/**
 * Tokenizes texts and cuts them into batches of like length, the longest first.
 * @param first position of the first text in the call
 * @throws HasheeError `INVALID_ARGUMENT` for options out of range, and for what isn't text or is empty
 */
export function sourceBatches(
  texts: readonly unknown[],
  tokenizer: Tokenizer,
  config: SequenceToSequenceConfig,
  options: SourceBatchOptions,
  first = 0,
): Source[][] {
  const longest = config.encoder.maxLength;
  const batchSize = limit('batchSize', options.batchSize ?? BATCH_SIZE, 1, 65_536);
  const maxBatchTokens = limit('maxBatchTokens', options.maxBatchTokens ?? MAX_BATCH_TOKENS, 1, 1 << 28);
  const low = Math.min(3, longest);
  const maxLength = limit('maxSourceLength', options.maxSourceLength ?? longest, low, longest);
  const sources = texts.map((text, place): Source => {
    const index = first + place;
    if (typeof text !== 'string' || text.trim() === '')
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `Text ${index} is ${typeof text === 'string' ? 'empty' : `a value of type ${typeof text}`}; expected a string with something in it.`,
        { fields: { index } },
      );
    const { inputIds, truncated } = tokenizer.encode(text, { maxLength });
    const tokenTypeIds = new Uint8Array(inputIds.length).fill(config.sourceSegment);
    return { index, inputIds, tokenTypeIds, truncated };
  });
  sources.sort((a, b) => b.inputIds.length - a.inputIds.length || a.index - b.index);
  const batches: Source[][] = [];
  for (const source of sources) {
    const batch = batches.at(-1);
    if (batch && batch.length < batchSize && (batch.length + 1) * batch[0].inputIds.length <= maxBatchTokens)
      batch.push(source);
    else batches.push([source]);
  }
  return batches;
}

function limit(option: string, value: number, low: number, high: number): number {
  if (!Number.isInteger(value) || value < low || value > high)
    throw new HasheeError('INVALID_ARGUMENT', `${option} must be an integer from ${low} to ${high}; got ${value}.`, {
      fields: { option, value, low, high },
    });
  return value;
}
