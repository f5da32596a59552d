/** exp(x - max) / sum, in double precision. */
export function softmax(logits: ArrayLike<number>): number[] {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) max = Math.max(max, logits[i]);
  const values = Array.from(logits, (x) => Math.exp(x - max));
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((value) => value / sum);
}
