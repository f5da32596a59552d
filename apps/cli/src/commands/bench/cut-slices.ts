import { dealSlices } from '@hashee/eval';

/** A slice has at least so many batches, a long one and a short one... */
const BATCHES = 2;
/** ...and at least so many texts. */
const TEXTS = 32;

/**
 * Cuts a round's work into slices that the sides take turns at: few enough texts for turns of less than a second, enough for
 * a clock. Texts are sorted by length, longest first, as the pipeline has them; each slice has batches of all lengths.
 * @param lengths of the texts in tokens
 * @returns positions of texts: [slice][batch][text]
 */
export function cutSlices(lengths: readonly number[], batchSize: number): number[][][] {
  const sorted = [...lengths.keys()].sort((a, b) => lengths[b] - lengths[a] || a - b);
  const batches = Array.from({ length: Math.ceil(sorted.length / batchSize) }, (_, i) =>
    sorted.slice(i * batchSize, (i + 1) * batchSize),
  );
  const batchesOfSlice = Math.max(BATCHES, Math.ceil(TEXTS / batchSize));
  return dealSlices(batches, Math.max(1, Math.floor(batches.length / batchesOfSlice)));
}
