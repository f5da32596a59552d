import { ahead } from './difference.js';
import type { SummaryCell } from './summary.js';

/** By so much more than the winner's a loser's speed-up makes them unlike. */
const FASTER = 1.1;

/** How one method stands to another on a task at a speed-up. */
export type Verdict =
  | 'ahead'
  | 'level'
  | 'behind'
  /** The other scores less, but has nothing as slow: no verdict at equal work. */
  | 'other faster'
  /** The same of the one. */
  | 'own faster'
  | 'other too slow'
  | 'own too slow';

/**
 * `ahead` at equal work: a lead over something that is more than 10 % faster, counted, is none, as with more work it might score
 * more. Of a method with settings the slowest that is fast enough is looked at: the one shown is the best of those on dev, so
 * slower ones score no more than it does.
 * @returns `undefined` where a side wasn't run, or neither is fast enough
 */
export function verdictOf(own: SummaryCell | undefined, other: SummaryCell | undefined): Verdict | undefined {
  if (!own || !other) return undefined;
  if (!own.score || !other.score) {
    if (own.score && other.tooSlow.length > 0) return 'other too slow';
    return other.score && own.tooSlow.length > 0 ? 'own too slow' : undefined;
  }
  const side = ahead(own.score, other.score);
  if (side === 0) return 'level';
  if (side > 0) return isFaster(other, own) ? 'other faster' : 'ahead';
  return isFaster(own, other) ? 'own faster' : 'behind';
}

function isFaster({ leastSpeedup }: SummaryCell, { speedup }: SummaryCell): boolean {
  return leastSpeedup !== undefined && speedup !== undefined && leastSpeedup > FASTER * speedup;
}
