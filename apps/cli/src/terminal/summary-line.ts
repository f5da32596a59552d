import type { RunSummary } from '@hashee/pipeline';
import { duration, plural, rate } from '@hashee/terminal';

/** `1,101 texts in 2.3 s: 477 sequences/s, mean exit layer 2.13 of 6, counted speed-up 3.41x`. */
export function summaryLine(summary: RunSummary | undefined, milliseconds: number): string {
  if (!summary || summary.sequences === 0) return 'No texts.';
  const { sequences, meanExitLayer, layers, countedSpeedup } = summary;
  return [
    `${plural(sequences, 'text')} in ${duration(milliseconds)}: ${rate((1000 * sequences) / milliseconds)} sequences/s`,
    `mean exit layer ${meanExitLayer.toFixed(2)} of ${layers}`,
    `counted speed-up ${countedSpeedup.toFixed(2)}x`,
  ].join(', ');
}
