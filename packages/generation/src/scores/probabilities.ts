/** Softmax of scores; forbidden tokens have 0. */
export function probabilities(scores: Float32Array): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (const score of scores) largest = Math.max(largest, score);
  const shares = Float64Array.from(scores, (score) => Math.exp(score - largest));
  let sum = 0;
  for (const share of shares) sum += share;
  return shares.map((share) => share / sum);
}
