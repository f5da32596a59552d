import type { Recording } from '@hashee/baselines';
import { largest } from '../model/ask-heads.js';

/** What comes of leaving where a rule says. */
export interface ExitOutcome {
  readonly accuracy: number;
  /** Layers that a sequence (a token, for hashes) goes through, on average. */
  readonly meanExit: number;
  /** Multiply-accumulates of the dense model over those executed, classifiers included. */
  readonly speedup: number;
}

/**
 * Leaves each recorded sequence at one of its stops.
 * @param labels gold classes, `[N]`
 * @param denseMacs of the dense model on all of them
 * @param stopOf index of `recording.stops`
 */
export function outcomeOf(
  { stops, sequences, labels: C }: Recording,
  labels: readonly number[],
  denseMacs: number,
  stopOf: (row: number) => number,
): ExitOutcome {
  let [right, layers, macs] = [0, 0, 0];
  for (let row = 0; row < sequences; row++) {
    const stop = stops[stopOf(row)];
    if (largest(stop.answers[0].subarray(row * C, (row + 1) * C)) === labels[row]) right++;
    layers += stop.layers[row];
    macs += stop.macs[row];
  }
  return { accuracy: right / sequences, meanExit: layers / sequences, speedup: denseMacs / macs };
}
