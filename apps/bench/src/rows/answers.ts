import type { Answer } from './row.js';

/** The most probable label of each row of logits [B, C]. */
export function answersOf(logits: Float32Array, labels: readonly string[]): Answer[] {
  const C = labels.length;
  return Array.from({ length: logits.length / C }, (_, b) => {
    const row = logits.subarray(b * C, (b + 1) * C);
    const best = row.indexOf(Math.max(...row));
    let sum = 0;
    for (const value of row) sum += Math.exp(value - row[best]);
    return { label: labels[best], score: 1 / sum };
  });
}
