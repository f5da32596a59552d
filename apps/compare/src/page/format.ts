import type { SeedSpread, SummaryCell } from '../results/summary.js';

/** `91.2 ± 0.3`, in per cent; one seed has no spread. */
export function percent({ mean, standardDeviation, count }: SeedSpread): string {
  return `${(100 * mean).toFixed(1)}${count > 1 ? ` ± ${(100 * standardDeviation).toFixed(1)}` : ''}`;
}

/** Score and speed-up reached. */
export function cellText({ score, speedup, tooSlow }: SummaryCell): string {
  if (!score || speedup === undefined) return tooSlow.length > 0 ? 'too slow' : '–';
  return `${percent(score)} (${speedup.toFixed(2)}x)`;
}
