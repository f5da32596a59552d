import { collate, type TokenBatch } from '../batch.js';
import type { EncoderConfig } from '../config.js';
import type { ExitTable } from '../exit-table.js';
import { Random } from '../random.js';

/** Ids that small models treat as special: padding, unknown, first, last, mask. */
export const TINY_SPECIAL_IDS = { first: 2, last: 3, count: 5 } as const;

export interface TinyBatchOptions {
  /** Tokens of each sequence. @default 7, 1, the longest allowed, 3, 5 */
  readonly lengths?: readonly number[];
  /** @default 1 */
  readonly seed?: number;
}

/** Random sequences that begin and end with special tokens; longer ones are pairs where the model has segments. */
export function tinyBatch(
  config: Pick<EncoderConfig, 'vocabSize' | 'typeVocabSize' | 'maxLength'>,
  options: TinyBatchOptions = {},
): TokenBatch {
  const random = Random.stream(options.seed ?? 1, 7);
  const lengths = options.lengths ?? [7, 1, config.maxLength, 3, 5];
  return collate(
    lengths.map((length) => {
      const { first, last, count } = TINY_SPECIAL_IDS;
      const inputIds = Array.from({ length }, () => count + random.below(config.vocabSize - count));
      inputIds[0] = first;
      if (length > 1) inputIds[length - 1] = last;
      const second = config.typeVocabSize > 1 && length > 4 ? Math.ceil(length / 2) : length;
      if (second < length) inputIds[second - 1] = last;
      return { inputIds, tokenTypeIds: inputIds.map((_, t) => (t < second ? 0 : 1)) };
    }),
  );
}

/** A table from a rule; special ids run all layers whatever the rule says. */
export function tinyExitTable(
  config: Pick<EncoderConfig, 'vocabSize' | 'layers'>,
  rule: (id: number) => number,
): ExitTable {
  const { layers } = config;
  const exitLayer = Uint8Array.from({ length: config.vocabSize }, (_, id) =>
    id < TINY_SPECIAL_IDS.count ? layers : rule(id),
  );
  return { layers, exitLayer, hash: { name: 'custom', parameters: {} } };
}

/** Every ordinary id exits at a layer drawn from 1..L, early ones more often, as in tables made from real text. */
export function tinyRandomTable(config: Pick<EncoderConfig, 'vocabSize' | 'layers'>, seed = 1): ExitTable {
  const random = Random.stream(seed, 11);
  return tinyExitTable(config, () => 1 + Math.min(random.below(config.layers), random.below(config.layers)));
}
