import { HasheeError } from '@hashee/core';
import { mean } from 'simple-statistics';
import { interpolate } from './interpolate.js';

/** What one setting of a model costs and reaches on a task. */
export interface EluePoint {
  /** Mean FLOPs of a sequence, in any unit that both sides share; see `elueFlops`. */
  readonly flops: number;
  /** The task's metric (the mean of two, for MRPC and STS-B). */
  readonly performance: number;
}

/**
 * Score of a submission on one ELUE task (Liu et al., NAACL 2022): the mean over its points of how far each lies above the
 * baseline at the same FLOPs. The baseline is a model cut to its first 1, 2, ..., L layers, and scores 0 itself.
 * Between its points the baseline is taken as piecewise linear, outside of them as constant; the benchmark doesn't say.
 * Worked example: baseline (1, 70), (2, 80), (3, 85), (4, 88); points (1.5, 76), (2.5, 83), (4, 88): 0.5.
 * @throws HasheeError `INVALID_ARGUMENT` without points
 */
export function elueScore(points: readonly EluePoint[], baseline: readonly EluePoint[]): number {
  if (points.length === 0) throw new HasheeError('INVALID_ARGUMENT', 'The ELUE score of no points is not defined.');
  const reference = baseline.map(({ flops, performance }) => [flops, performance] as const);
  return mean(points.map(({ flops, performance }) => performance - interpolate(reference, flops)));
}

/**
 * One number over several tasks: the mean of their scores.
 * @throws HasheeError `INVALID_ARGUMENT` without tasks
 */
export function meanElueScore(scores: Readonly<Record<string, number>>): number {
  const values = Object.values(scores);
  if (values.length === 0) throw new HasheeError('INVALID_ARGUMENT', 'The mean ELUE score of no tasks is not defined.');
  return mean(values);
}
