/**
 * Sorts sequences by length, longest first, and cuts them into batches; ties keep the caller's order.
 * @param lengths tokens of each sequence
 * @param batchSize most sequences in a batch
 * @param maxBatchTokens most of sequences × longest in a batch; a single longer sequence is a batch of its own
 * @returns positions in `lengths`, batch by batch; every position once
 */
export function cutBatches(lengths: readonly number[], batchSize: number, maxBatchTokens: number): number[][] {
  const order = Array.from(lengths.keys()).sort((a, b) => lengths[b] - lengths[a] || a - b);
  const batches: number[][] = [];
  let batch: number[] = [];
  for (const position of order) {
    const longest = batch.length > 0 ? lengths[batch[0]] : lengths[position];
    if (batch.length > 0 && (batch.length === batchSize || (batch.length + 1) * longest > maxBatchTokens)) {
      batches.push(batch);
      batch = [];
    }
    batch.push(position);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
