import { HasheeError } from '../errors.js';

/** @throws HasheeError `RUNTIME` where weights hold NaN or infinities, or overflow on this input */
export function assertFinite(values: Float32Array, what: string): void {
  // Millions of values: finite ones times 0 add up to 0, others to NaN.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * 0;
  if (sum === 0) return;
  const position = values.findIndex((value) => !Number.isFinite(value));
  throw new HasheeError(
    'RUNTIME',
    `${what} has the value ${values[position]} at position ${position}. The weights hold NaN or infinite values, or overflow on this input.`,
    { fields: { position } },
  );
}
