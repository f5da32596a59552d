import { HasheeError } from '@hashee/core';

/**
 * Deals things (batches, from the largest to the smallest) into slices of about equal size: forth and back, so that each
 * slice has large ones and small ones.
 * @returns at most `slices` lists, none empty
 * @throws HasheeError `INVALID_ARGUMENT`
 */
export function dealSlices<T>(things: readonly T[], slices: number): T[][] {
  if (!Number.isSafeInteger(slices) || slices < 1)
    throw new HasheeError('INVALID_ARGUMENT', `The number of slices must be a whole number from 1, got ${slices}.`, {
      fields: { slices },
    });
  const count = Math.min(slices, things.length);
  const dealt = Array.from({ length: count }, (): T[] => []);
  things.forEach((thing, i) => {
    const turn = Math.floor(i / count);
    dealt[turn % 2 === 0 ? i % count : count - 1 - (i % count)].push(thing);
  });
  return dealt;
}
