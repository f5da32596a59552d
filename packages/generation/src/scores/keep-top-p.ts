import { probabilities } from './probabilities.js';

/** Forbids the least likely tokens as long as their probabilities add up to no more than 1 - `sum` (Holtzman et al. 2020, §3.1). */
export function keepTopP(scores: Float32Array, sum: number): void {
  const shares = probabilities(scores);
  const allowed = Array.from(scores.keys()).filter((id) => scores[id] > Number.NEGATIVE_INFINITY);
  const order = allowed.sort((a, b) => scores[a] - scores[b]);
  let total = 0;
  for (const id of order.slice(0, -1)) {
    total += shares[id];
    if (total > 1 - sum) return;
    scores[id] = Number.NEGATIVE_INFINITY;
  }
}
