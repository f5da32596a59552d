import { HasheeError } from '@hashee/core';

/** @throws HasheeError `INVALID_ARGUMENT` when the lists differ in length or are empty */
export function assertPaired(predictions: ArrayLike<unknown>, targets: ArrayLike<unknown>): void {
  if (predictions.length !== targets.length || targets.length === 0)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `A metric needs as many predictions as targets and at least one, got ${predictions.length} and ${targets.length}.`,
      { fields: { predictions: predictions.length, targets: targets.length } },
    );
}
