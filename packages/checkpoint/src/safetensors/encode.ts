import { HasheeError } from '@hashee/core';

/**
 * Rounds to half precision (nearest, ties to even).
 * @throws HasheeError `UNSUPPORTED` for values above 65504, which half precision doesn't have
 */
export function encodeF16(values: Float32Array, name: string): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const word = words[i];
    const sign = (word >>> 16) & 0x8000;
    const magnitude = word & 0x7fffffff;
    // 0x477ff000 is 65520, the smallest value that rounds beyond the largest half.
    if (magnitude >= 0x477ff000)
      throw new HasheeError(
        'UNSUPPORTED',
        `Tensor "${name}" has the value ${values[i]} at index ${i}, outside of half precision. Save the model as F32.`,
        { fields: { name, index: i, value: values[i] } },
      );
    if (magnitude >= 0x38800000) {
      const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
      halves[i] = sign | ((rounded - 0x38000000) >>> 13);
    } else {
      // Below 2^-14 halves are multiples of 2^-24.
      const scaled = Math.abs(values[i]) * 2 ** 24;
      const floor = Math.floor(scaled);
      const rest = scaled - floor;
      halves[i] = sign | (floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0));
    }
  }
  return halves;
}

const SMALLEST_NORMAL = 2 ** -126;

/** A matrix as 8-bit integers, one scale for each row. */
export interface RowIntegers {
  /** `[rows · width]`, from -127 to 127. */
  readonly integers: Int8Array;
  /** `[rows]`: the largest magnitude of the row divided by 127; 0 for a row of zeros. */
  readonly scales: Float32Array;
}

/** Rounds each row to 255 steps between minus and plus its largest magnitude, so that no value moves by more than half a step. */
export function encodeRows(values: Float32Array, rows: number): RowIntegers {
  const integers = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  const width = rows === 0 ? 0 : values.length / rows;
  for (let row = 0; row < rows; row++) {
    const from = row * width;
    const end = from + width;
    let largest = 0;
    for (let i = from; i < end; i++) {
      const magnitude = Math.abs(values[i]);
      if (magnitude > largest) largest = magnitude;
    }
    scales[row] = largest / 127;
    // Below the normal numbers a scale has too few bits of its own.
    if (scales[row] < SMALLEST_NORMAL) {
      scales[row] = 0;
      continue;
    }
    const inverse = 1 / scales[row];
    for (let i = from; i < end; i++) integers[i] = Math.round(values[i] * inverse);
  }
  return { integers, scales };
}
