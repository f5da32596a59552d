/** Forbids every token that would complete a sequence of `size` tokens that is there already. */
export function banRepeatedNgrams(tokens: readonly number[], scores: Float32Array, size: number): void {
  const from = tokens.length - size + 1;
  if (from < 0) return;
  for (let start = 0; start + size <= tokens.length; start++) {
    let same = true;
    for (let i = 0; same && i < size - 1; i++) same = tokens[start + i] === tokens[from + i];
    if (same) scores[tokens[start + size - 1]] = Number.NEGATIVE_INFINITY;
  }
}
