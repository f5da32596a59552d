import { assertPaired } from './paired.js';

/**
 * F1 = 2·tp / (2·tp + fp + fn) of one class against all others; 0 where the class is neither predicted nor there.
 * @param positive the class in question
 * @throws HasheeError `INVALID_ARGUMENT`
 */
export function f1(predictions: ArrayLike<number>, targets: ArrayLike<number>, positive = 1): number {
  assertPaired(predictions, targets);
  let truePositives = 0;
  let wrong = 0;
  for (let i = 0; i < targets.length; i++) {
    const predicted = predictions[i] === positive;
    const expected = targets[i] === positive;
    if (predicted && expected) truePositives++;
    else if (predicted || expected) wrong++;
  }
  return truePositives === 0 ? 0 : (2 * truePositives) / (2 * truePositives + wrong);
}

/**
 * Mean of the F1 of all classes that are predicted or there, each counting the same.
 * @throws HasheeError `INVALID_ARGUMENT`
 */
export function macroF1(predictions: ArrayLike<number>, targets: ArrayLike<number>): number {
  const classes = new Set([...Array.from(predictions), ...Array.from(targets)]);
  let sum = 0;
  for (const index of classes) sum += f1(predictions, targets, index);
  assertPaired(predictions, targets);
  return sum / classes.size;
}
