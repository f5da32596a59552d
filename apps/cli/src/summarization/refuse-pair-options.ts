import { HasheeError } from '@hashee/core';
import { givenFlags } from './given-flags.js';
import type { PairOptions } from './pair-options.js';

/**
 * @param more options of summarisation that the command has besides
 * @throws HasheeError `INVALID_ARGUMENT` where options of summarisation are given to something else
 */
export function refusePairOptions(
  { sourceColumn, targetColumn, maxTarget, rouge }: PairOptions,
  more: Readonly<Record<string, unknown>>,
): void {
  const flags = givenFlags({ sourceColumn, targetColumn, maxTarget, rouge, ...more });
  if (flags.length === 0) return;
  throw new HasheeError(
    'INVALID_ARGUMENT',
    `${flags.join(', ')} ${flags.length > 1 ? 'belong' : 'belongs'} to summarisation; add --task summarization, or name an encoder-decoder.`,
    { fields: { flags } },
  );
}
