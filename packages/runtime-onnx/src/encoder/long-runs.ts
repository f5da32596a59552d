/** Sequences of so many tokens in the mean are computed by a graph of their own, see `longGraph`. */
const LONG_FROM = 128;

/** Tokens that go through the linear maps together: enough to keep them busy, few enough to bound the memory. */
const TOKENS = 2048;

/**
 * Sequences of a run. Each number has a graph of its own, which packs the weights once more, so they are few: any batch is made of
 * these.
 */
const SIZES = [16, 8, 4, 2, 1] as const;

/** @param offsets `[B + 1]` */
export function isLong(offsets: Int32Array): boolean {
  const B = offsets.length - 1;
  return B > 0 && offsets[B] >= LONG_FROM * B;
}

/**
 * Has every sequence a query in every layer that any reaches? ONNX Runtime 1.30 divides by zero in products of no rows with
 * `transBatchA`, which ends the process.
 */
export function allReachTheTop(offsets: Int32Array, exitLayers: Uint8Array, lastLayer: number): boolean {
  const tops = Array.from({ length: offsets.length - 1 }, (_, b) => {
    let top = 0;
    for (let t = offsets[b]; t < offsets[b + 1]; t++) top = Math.max(top, Math.min(exitLayers[t], lastLayer));
    return top;
  });
  return tops.every((top) => top === tops[0]);
}

/**
 * The sequences of a batch in runs, those with like work together, so that each run takes the cheaper kind of attention in each
 * layer; a single one where the texts are short.
 * @param exitLayers `[T]`
 */
export function longRuns(offsets: Int32Array, exitLayers: Uint8Array): Int32Array[] {
  const B = offsets.length - 1;
  const order = Int32Array.from({ length: B }, (_, b) => b);
  if (!isLong(offsets)) return [order];
  const fitting = SIZES.filter((size) => size * offsets[B] <= TOKENS * B);
  if (fitting.length === 0) fitting.push(1);
  const runs: Int32Array[] = [];
  let from = 0;
  for (const size of fitting) for (; from + size <= B; from += size) runs.push(order.subarray(from, from + size));
  if (runs.length > 1) {
    const work = order.map((b) =>
      exitLayers.subarray(offsets[b], offsets[b + 1]).reduce((sum, exit) => sum + exit - 1, 0),
    );
    order.sort((a, b) => work[a] - work[b] || a - b);
  }
  return runs;
}
