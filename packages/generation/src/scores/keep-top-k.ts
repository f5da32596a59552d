/** Forbids all tokens but the `count` with the highest scores, and those that are as high. */
export function keepTopK(scores: Float32Array, count: number): void {
  if (count >= scores.length) return;
  const lowest = scores.toSorted()[scores.length - count];
  for (let id = 0; id < scores.length; id++) if (scores[id] < lowest) scores[id] = Number.NEGATIVE_INFINITY;
}
