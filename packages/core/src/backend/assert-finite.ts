import { HasheeError } from '../errors.js';

/** @throws HasheeError `RUNTIME` where weights hold NaN or infinities, or overflow on this input */
export function assertFinite(values: Float32Array, what: string): void {
  const position = values.findIndex((value) => !Number.isFinite(value));
  if (position >= 0)
    throw new HasheeError(
      'RUNTIME',
      `${what} has the value ${values[position]} at position ${position}. The weights hold NaN or infinite values, or overflow on this input.`,
      { fields: { position } },
    );
}
