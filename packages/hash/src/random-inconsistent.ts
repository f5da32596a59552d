import { HasheeError, Random } from '@hashee/core';
import { bucketLayer, checkBuckets } from './buckets.js';
import { checkInteger } from './vocabulary.js';

export interface RandomInconsistentOptions {
  /** L, 1 to 255. */
  readonly layers: number;
  /** B, from 1 to L. @default L */
  readonly buckets?: number | undefined;
  /** Probability of each layer, `[L]`, in place of equal buckets: such as the histogram of another table, to compare at equal cost. */
  readonly shares?: readonly number[] | undefined;
  /** Integer from 0 below 2³². */
  readonly seed: number;
  /** Which ids are special. */
  readonly tokenizer: { readonly specialIds: ReadonlySet<number> };
  /**
   * `last-layer` keeps special tokens at L. `drawn` is what the authors' code does: they draw like all others, and [CLS]
   * may be frozen after layer 1.
   * @default 'last-layer'
   */
  readonly specialTokens?: 'last-layer' | 'drawn' | undefined;
}

/**
 * Exit layer of each token of a sequence, `[n]`, 1..L.
 * @param sequence the sequence's number in its data set, from 0. The same number gives the same layers in every epoch.
 * @param split tells data sets apart, such as 0 for train and 1 for dev. @default 0
 */
export type OccurrenceExits = (inputIds: ArrayLike<number>, sequence: number, split?: number) => Uint8Array;

/**
 * Each occurrence draws its own bucket, so that equal tokens exit at different layers (Sun et al. 2022): a control that
 * shows what consistency is worth. Drawn once for each sequence of a data set and the same in all epochs, without being
 * stored: the draws depend only on seed, split and number of the sequence. Goes into a batch as `exitLayers`.
 * @throws HasheeError `INVALID_ARGUMENT`
 */
export function randomInconsistentExits(options: RandomInconsistentOptions): OccurrenceExits {
  const { layers, seed, tokenizer, shares, specialTokens = 'last-layer' } = options;
  checkInteger('layers', layers, 1, 255);
  checkInteger('seed', seed, 0, 2 ** 32 - 1);
  if (specialTokens !== 'last-layer' && specialTokens !== 'drawn')
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `specialTokens must be 'last-layer' or 'drawn', got ${String(specialTokens)}.`,
      { fields: { specialTokens } },
    );
  if (shares && options.buckets !== undefined)
    throw new HasheeError('INVALID_ARGUMENT', 'Give buckets or shares, not both.', {
      fields: { buckets: options.buckets, shares },
    });
  const buckets = options.buckets ?? layers;
  checkBuckets(buckets, layers);
  const pinned = specialTokens === 'last-layer';
  const draw = shares
    ? drawByShare(shares, layers)
    : (random: Random) => bucketLayer(random.below(buckets), buckets, layers);
  return (inputIds, sequence, split = 0) => {
    checkInteger('sequence', sequence, 0, 2 ** 31 - 1);
    checkInteger('split', split, 0, 2 ** 31 - 1);
    const random = Random.stream(seed, split, sequence);
    return Uint8Array.from(inputIds, (id) => {
      const layer = draw(random);
      return pinned && tokenizer.specialIds.has(id) ? layers : layer;
    });
  };
}

function drawByShare(shares: readonly number[], layers: number): (random: Random) => number {
  const sum = shares.reduce((total, share) => total + share, 0);
  if (shares.length !== layers || !shares.every((share) => share >= 0) || !(sum > 0 && Number.isFinite(sum)))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `shares must be ${layers} numbers from 0, not all 0, got [${shares.join(', ')}].`,
      { fields: { shares, layers } },
    );
  const last = shares.findLastIndex((share) => share > 0);
  return (random) => {
    let rest = random.uniform() * sum;
    for (let index = 0; index < last; index++) {
      rest -= shares[index];
      if (rest < 0) return index + 1;
    }
    return last + 1;
  };
}
