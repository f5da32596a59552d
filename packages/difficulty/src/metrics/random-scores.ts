import type { BitsProfile } from '../bits/bits-profile.js';
import { type BitScores, meanOf, round } from './bit-scores.js';

/**
 * What is expected of a guess that says "right" with the given probabilities, one a layer, whatever the row:
 * accuracy p·q + (1 - p)(1 - q); F1 of the expected counts.
 * @param rates p, `[L]`
 * @param gold q, the shares of the rows that are judged
 */
export function randomScores(rates: readonly number[], gold: Pick<BitsProfile, 'rates'>): BitScores {
  const layerAccuracy = rates.map((p, index) => round(p * gold.rates[index] + (1 - p) * (1 - gold.rates[index])));
  const wrong = (shares: readonly number[]): number => shares.reduce((sum, share) => sum + 1 - share, 0);
  const both = rates.reduce((sum, p, index) => sum + (1 - p) * (1 - gold.rates[index]), 0);
  const all = wrong(rates) + wrong(gold.rates);
  return { layerAccuracy, mean: meanOf(layerAccuracy), wrongF1: all === 0 ? null : (2 * both) / all };
}
