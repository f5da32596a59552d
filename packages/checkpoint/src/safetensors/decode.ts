import { HasheeError } from '@hashee/core';

const halves = (): Float32Array => {
  const table = new Float32Array(65_536);
  for (let bits = 0; bits < 65_536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
    else if (exponent === 31) table[bits] = fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    else table[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return table;
};
let halfTable: Float32Array | undefined;

/** Half precision (IEEE 754 binary16) bit patterns as numbers. */
export function decodeF16(bits: Uint16Array): Float32Array {
  halfTable ??= halves();
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = halfTable[bits[i]];
  return values;
}

/** The upper halves of float32 values. */
export function decodeBF16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i] << 16;
  return new Float32Array(words.buffer);
}

/** Rows of 8-bit integers, each with a scale of its own: value = integer · scale of the row. */
export function decodeRows(integers: Int8Array, scales: Float32Array): Float32Array {
  const values = new Float32Array(integers.length);
  const width = scales.length === 0 ? 0 : integers.length / scales.length;
  for (let row = 0, i = 0; row < scales.length; row++) {
    const scale = scales[row];
    for (const end = i + width; i < end; i++) values[i] = integers[i] * scale;
  }
  return values;
}

/**
 * @param firstIndex index of `values[0]` in the tensor, for tensors that are looked at piece by piece
 * @throws HasheeError `INVALID_CHECKPOINT` with the name of the tensor and the index of the first value that isn't finite
 */
export function assertFinite(values: Float32Array, name: string, path: string, firstIndex = 0): void {
  if (allFinite(values)) return;
  const i = values.findIndex((value) => !Number.isFinite(value));
  const value = values[i];
  throw new HasheeError(
    'INVALID_CHECKPOINT',
    `${path}: tensor "${name}" has the value ${value} at index ${firstIndex + i}; weights must be finite. The model was damaged or its training diverged.`,
    { fields: { path, name, index: firstIndex + i, value } },
  );
}

/** Zero times anything that isn't finite is NaN, and stays so in a sum; four sums keep the processor busy. */
function allFinite(values: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += values[i] * 0;
    b += values[i + 1] * 0;
    c += values[i + 2] * 0;
    d += values[i + 3] * 0;
  }
  for (let i = whole; i < values.length; i++) a += values[i] * 0;
  return a + b + c + d === 0;
}
