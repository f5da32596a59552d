import type { SeedSpread, SummaryCell } from './summary.js';

/** `91.2 ± 0.3`, in per cent; one seed has no spread. */
export function percent({ mean, standardDeviation, count }: SeedSpread): string {
  return `${(100 * mean).toFixed(1)}${count > 1 ? ` ± ${(100 * standardDeviation).toFixed(1)}` : ''}`;
}

/** The same, and of how many seeds where some are missing: `91.2 ± 0.3 (2 of 3 seeds)`. */
export function scoreText(score: SeedSpread, seeds: number): string {
  return score.count < seeds ? `${percent(score)} (${score.count} of ${seeds} seeds)` : percent(score);
}

/**
 * Score and speed-up reached: `91.2 ± 0.3 (3.02x)`. Where not all seeds are in it, how many are: `91.2 (3.02x; 1 of 3 seeds, 2 too
 * slow)`. What no seed reaches is `too slow (2.52x)`.
 * @param seeds of the whole comparison
 * @param none what isn't run
 */
export function cellText({ score, speedup, tooSlow, fastest }: SummaryCell, seeds: number, none: string): string {
  const count = score?.count ?? tooSlow.length;
  const slow = score && tooSlow.length > 0 ? `, ${tooSlow.length} too slow` : '';
  const partly = count < seeds ? `${count} of ${seeds} seeds${slow}` : '';
  const brackets = (...parts: string[]): string => {
    const said = parts.filter((part) => part !== '').join('; ');
    return said === '' ? '' : ` (${said})`;
  };
  if (score && speedup !== undefined) return `${percent(score)}${brackets(`${speedup.toFixed(2)}x`, partly)}`;
  if (tooSlow.length === 0) return none;
  return `too slow${brackets(fastest === undefined ? '' : `${fastest.toFixed(2)}x`, partly)}`;
}
