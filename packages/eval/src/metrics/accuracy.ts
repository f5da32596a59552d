import { assertPaired } from './paired.js';

/** Part of the predictions that are right, 0 to 1. @throws HasheeError `INVALID_ARGUMENT` */
export function accuracy(predictions: ArrayLike<number>, targets: ArrayLike<number>): number {
  assertPaired(predictions, targets);
  let right = 0;
  for (let i = 0; i < targets.length; i++) if (predictions[i] === targets[i]) right++;
  return right / targets.length;
}
