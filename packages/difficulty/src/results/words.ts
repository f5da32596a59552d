import type { StudyPart } from './result.js';
import type { ExitsSummary, SeedSpread } from './summary.js';

/** What each part is called where its results are shown. */
export const partTitles: Readonly<Record<StudyPart, string>> = {
  human: 'Difficulty for people',
  sentence: 'Difficulty for a model: sentence pairs',
  given: 'The published annotations: twelve layers',
  token: 'Difficulty for a model: tokens',
  exits: 'What follows for exits',
};

/** `83.1` or `83.1 ± 0.4`, of a share. */
export function percent(spread: SeedSpread): string {
  return `${short(spread)}${deviation(spread)}`;
}

/** `83.1`, of the mean of a share. */
export function short({ mean }: SeedSpread): string {
  return (100 * mean).toFixed(1);
}

/** `+1.2 ± 0.3`, of a difference of shares, in points. */
export function points(spread: SeedSpread): string {
  const value = 100 * spread.mean;
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}${deviation(spread)}`;
}

function deviation({ standardDeviation, count }: SeedSpread): string {
  return count > 1 ? ` ± ${(100 * standardDeviation).toFixed(1)}` : '';
}

/** The speed-ups that settings were chosen for, each once, ascending. */
export function targetsOf({ methods }: Pick<ExitsSummary, 'methods'>): number[] {
  const targets = methods.flatMap(({ points: of }) => of.flatMap(({ target }) => (target === null ? [] : [target])));
  return [...new Set(targets)].sort((a, b) => a - b);
}

/** `71.5 (2.02x, 2.93; fast enough in 2 of 3)`: per cent right, counted speed-up, mean exit layer. */
export function exitPoint(point: ExitsSummary['methods'][number]['points'][number] | undefined): string {
  if (!point) return '';
  const { accuracy, speedup, meanExit, reached } = point;
  const slow = reached < accuracy.count ? `; fast enough in ${reached} of ${accuracy.count}` : '';
  return `${percent(accuracy)} (${speedup.mean.toFixed(2)}x, ${meanExit.mean.toFixed(2)}${slow})`;
}

/** True for the method whose layers are drawn by the content of a pair, in training and at inference alike. */
export function drawnByContent(name: string): boolean {
  return name === 'hashee-random-inconsistent';
}

/** `0.5: 41.5 (50.0); 1.0: 62.1 (66.0)`: per cent of the instances by epoch, in brackets at equal cost. */
export function sameInstanceByEpoch({
  sameInstance,
}: Pick<ExitsSummary['consistency'][number], 'sameInstance'>): string {
  return sameInstance
    .map(
      ({ epoch, share, shareAtEqualCost }) =>
        `${epoch.toFixed(1)}: ${percent(share)}${shareAtEqualCost ? ` (${percent(shareAtEqualCost)})` : ''}`,
    )
    .join('; ');
}
