/** Index of the largest value, the first of equal ones. */
export function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** log softmax of logits: nothing under- or overflows. */
export function logSoftmax(logits: ArrayLike<number>): Float64Array {
  const most = logits[largest(logits)];
  let sum = 0;
  for (let c = 0; c < logits.length; c++) sum += Math.exp(logits[c] - most);
  const total = most + Math.log(sum);
  return Float64Array.from(logits, (z) => z - total);
}

/** −Σ p ln p in nats, 0 to ln C; 0 ln 0 counts as 0. */
export function entropy(logits: ArrayLike<number>): number {
  return logSoftmax(logits).reduce((sum, logarithm) => sum - Math.exp(logarithm) * logarithm, 0);
}

/** Entropy as a share of that of C equal chances, 0 to 1. */
export function normalisedEntropy(logits: ArrayLike<number>): number {
  return entropy(logits) / Math.log(logits.length);
}

/** The largest probability, 1/C to 1. */
export function confidence(logits: ArrayLike<number>): number {
  return Math.exp(logSoftmax(logits)[largest(logits)]);
}
