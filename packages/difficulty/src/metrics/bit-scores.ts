import { HasheeError } from '@hashee/core';
import { type Bits, rowsOf } from '../bits/bits.js';

/** How well bits are predicted, as the study's program has it. */
export interface BitScores {
  /** Share of the rows whose bit is predicted right, for each layer, rounded to three decimals, `[L]`. */
  readonly layerAccuracy: readonly number[];
  /** Mean of the rounded values; what selects. */
  readonly mean: number;
  /** F1 of the class 0, "this exit is wrong", over all rows and layers together; `null` where neither side has any. */
  readonly wrongF1: number | null;
}

/** @throws HasheeError `INVALID_ARGUMENT` for other sizes, or no rows */
export function bitScores(predicted: Bits, gold: Bits): BitScores {
  const { layers } = gold;
  const rows = rowsOf(gold);
  if (predicted.layers !== layers || predicted.values.length !== gold.values.length || rows === 0)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `Bits are compared in equal numbers, of one row at least: ${rowsOf(predicted)} rows of ${predicted.layers} layers were predicted, ${rows} of ${layers} expected.`,
      { fields: { predicted: predicted.values.length, expected: gold.values.length, layers } },
    );
  const right = new Array<number>(layers).fill(0);
  let [predictedWrong, wrong, both] = [0, 0, 0];
  gold.values.forEach((bit, index) => {
    const guess = predicted.values[index];
    if (guess === bit) right[index % layers]++;
    if (guess === 0) predictedWrong++;
    if (bit === 0) wrong++;
    if (guess === 0 && bit === 0) both++;
  });
  const layerAccuracy = right.map((count) => round(count / rows));
  return {
    layerAccuracy,
    mean: meanOf(layerAccuracy),
    wrongF1: predictedWrong + wrong === 0 ? null : (2 * both) / (predictedWrong + wrong),
  };
}

/** To three decimals. */
export function round(share: number): number {
  return Math.round(share * 1000) / 1000;
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
