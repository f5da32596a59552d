import { HasheeError, type Random } from '@hashee/core';
import { probabilities } from '../scores/probabilities.js';

/** The token with the highest score, the first of several. @throws HasheeError `RUNTIME` where all are forbidden */
export function bestToken(scores: Float32Array): number {
  let best = -1;
  let highest = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < scores.length; id++)
    if (scores[id] > highest) {
      highest = scores[id];
      best = id;
    }
  if (best < 0) throw noTokenLeft();
  return best;
}

/** A token drawn by its probability. @throws HasheeError `RUNTIME` where all are forbidden */
export function drawToken(scores: Float32Array, random: Random): number {
  const best = bestToken(scores);
  const shares = probabilities(scores);
  let rest = random.uniform();
  for (let id = 0; id < shares.length; id++) {
    if (shares[id] === 0) continue;
    rest -= shares[id];
    if (rest < 0) return id;
  }
  // Rounding left a crumb.
  return best;
}

/** When every token is forbidden, or the scores are no numbers. */
export function noTokenLeft(): HasheeError {
  return new HasheeError(
    'RUNTIME',
    'No token may follow: the constraints forbid all of them, or the model answered NaN. Loosen noRepeatNgramSize, or look at the weights.',
  );
}
