import type { EncodedDataset } from '@hashee/eval';

/** How often each label occurs, `[C]`: in texts, or in the words of tagged texts. */
export function labelCounts(
  { labels, sequences }: Pick<EncodedDataset, 'labels' | 'sequences'>,
  /** A model's, in the order of the texts. @default the data's own labels */
  answers: readonly (number | ArrayLike<number>)[] = sequences.map(({ label }) => label),
): number[] {
  const counts = new Array<number>(labels.length).fill(0);
  sequences.forEach(({ label }, index) => {
    const answer = answers[index];
    if (typeof label === 'number' || typeof answer === 'number') counts[answer as number]++;
    else
      label.forEach((own, position) => {
        // Tokens without a label aren't judged.
        if (own >= 0) counts[answer[position]]++;
      });
  });
  return counts;
}

/** The share of the most frequent label from which data is said to be one-sided. */
export const ONE_SIDED = 0.95;

/** The most frequent label, how often it occurs, and of how many. */
export function mostFrequent(counts: readonly number[]): { index: number; count: number; total: number } {
  const count = Math.max(...counts);
  return { index: counts.indexOf(count), count, total: counts.reduce((sum, each) => sum + each, 0) };
}
