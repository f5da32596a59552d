import { HasheeError } from '@hashee/core';
import type { PairOptions } from './pair-options.js';

/** @throws HasheeError `INVALID_ARGUMENT` where options of summarisation are given to something else */
export function refusePairOptions(
  options: PairOptions & { readonly labelSmoothing?: number | undefined; readonly decoderLayers?: number | undefined },
): void {
  const given = Object.entries({
    'source-column': options.sourceColumn,
    'target-column': options.targetColumn,
    'max-target': options.maxTarget,
    rouge: options.rouge,
    'label-smoothing': options.labelSmoothing,
    'decoder-layers': options.decoderLayers,
  }).filter(([, value]) => value !== undefined);
  if (given.length === 0) return;
  const flags = given.map(([name]) => `--${name}`);
  throw new HasheeError(
    'INVALID_ARGUMENT',
    `${flags.join(', ')} ${flags.length > 1 ? 'belong' : 'belongs'} to summarisation; add --task summarization, or name an encoder-decoder.`,
    { fields: { flags } },
  );
}
