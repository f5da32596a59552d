import { HasheeError } from '@hashee/core';

/** @throws HasheeError `RUNTIME`: weights with NaN or infinities show here, since mapped weights are never read before. */
export function assertFinite(values: Float32Array, what: string): void {
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]))
      throw new HasheeError(
        'RUNTIME',
        `${what} has the value ${values[i]} at position ${i}. The weights hold NaN or infinite values, or overflow on this input.`,
        { fields: { position: i } },
      );
}
