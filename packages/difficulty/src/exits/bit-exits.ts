import { HasheeError } from '@hashee/core';
import { type Bits, firstRight } from '../bits/bits.js';

const PARTS = 60;

/**
 * Where an oracle leaves that knows the bits: at the first layer that answers right. Where none does it leaves at once, as it
 * knows that, too. @returns index of the stop, from 0
 */
export function oracleStop(bits: Bits, row: number): number {
  return (firstRight(bits, row) ?? 1) - 1;
}

/** Where predicted bits leave: at the first layer whose logit is above the threshold, at the last where none is. */
export function predictedStop(logits: Float32Array, layers: number, row: number, threshold: number): number {
  for (let l = 0; l + 1 < layers; l++) if (logits[row * layers + l] > threshold) return l;
  return layers - 1;
}

/**
 * Thresholds worth trying, from the slowest to the fastest: they part the logits below the last layer into equal shares.
 * @throws HasheeError `INVALID_ARGUMENT` without logits
 */
export function bitThresholds(logits: Float32Array, layers: number): number[] {
  const inner = logits.filter((_, index) => index % layers !== layers - 1).sort();
  if (inner.length === 0) throw new HasheeError('INVALID_ARGUMENT', 'Thresholds need logits of two layers at least.');
  const cuts = Array.from({ length: PARTS - 1 }, (_, part) => inner[Math.floor(((part + 1) * inner.length) / PARTS)]);
  return [...new Set([inner[inner.length - 1], ...cuts.reverse(), inner[0] - 1])];
}
