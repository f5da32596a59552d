import { HasheeError, Random } from '@hashee/core';

/** Groups of similar length that are shuffled within themselves. */
const BUCKETS = 10;
const PURPOSE = 0x6261;

export interface BatchPlan {
  /** Sequences in a batch. */
  readonly batchSize: number;
  readonly seed: number;
  /** From 0. The order of each follows from the seed and its number alone. */
  readonly epoch: number;
}

/**
 * The batches of one epoch, as indices of the sequences. Sequences sorted by length are cut into ten buckets, shuffled
 * inside each, cut into batches, and the batches shuffled: little is wasted on unequal lengths, and neighbours change
 * from epoch to epoch. Every sequence comes once; one batch may be smaller.
 * @param lengths tokens of each sequence
 * @throws HasheeError `INVALID_ARGUMENT`
 */
export function epochBatches(lengths: ArrayLike<number>, plan: BatchPlan): Int32Array[] {
  const { batchSize, seed, epoch } = plan;
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new HasheeError('INVALID_ARGUMENT', `batchSize must be an integer from 1, got ${batchSize}.`, {
      fields: { option: 'batchSize', value: batchSize },
    });
  const order = Int32Array.from({ length: lengths.length }, (_, i) => i).sort(
    (a, b) => lengths[a] - lengths[b] || a - b,
  );
  const random = Random.stream(seed, PURPOSE, epoch);
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const from = Math.floor((bucket * order.length) / BUCKETS);
    const to = Math.floor(((bucket + 1) * order.length) / BUCKETS);
    random.shuffle(order.subarray(from, to));
  }
  const batches: Int32Array[] = [];
  for (let from = 0; from < order.length; from += batchSize) batches.push(order.slice(from, from + batchSize));
  return random.shuffle(batches);
}
