/** Positive scores of tokens that are there already are divided by the penalty, negative ones multiplied (Keskar et al. 2019, §4.1). */
export function penalizeRepetition(tokens: readonly number[], scores: Float32Array, penalty: number): void {
  for (const id of new Set(tokens)) scores[id] = scores[id] < 0 ? scores[id] * penalty : scores[id] / penalty;
}
