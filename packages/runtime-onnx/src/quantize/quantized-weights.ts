import type { IntegerRows, WeightSource } from '@hashee/core';

/**
 * Symmetric quantisation of each row by its largest magnitude.
 * @param rows number of rows of `values`
 * @param largest integer that the largest magnitude becomes: 127, or 63 where sums of two products must fit 16 bits
 */
export function quantizeRows(values: Float32Array, rows: number, largest: number): IntegerRows {
  const width = values.length / rows;
  const integers = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const from = row * width;
    let most = 0;
    for (let i = from; i < from + width; i++) most = Math.max(most, Math.abs(values[i]));
    const scale = Math.fround(most / largest) || 1;
    scales[row] = scale;
    for (let i = from; i < from + width; i++)
      integers[i] = Math.max(-largest, Math.min(largest, Math.round(values[i] / scale)));
  }
  return { integers, scales };
}

/** [rows, columns] to [columns, rows]. */
export function transposed(values: Int8Array, rows: number): Int8Array {
  const columns = values.length / rows;
  const result = new Int8Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column];
  return result;
}

/** [heads·size, columns] to [heads, columns, size]. */
export function transposedHeads(values: Int8Array, heads: number, size: number): Int8Array {
  const part = values.length / heads;
  const result = new Int8Array(values.length);
  for (let head = 0; head < heads; head++)
    result.set(transposed(values.subarray(head * part, (head + 1) * part), size), head * part);
  return result;
}

/**
 * Symmetric quantisation of each column of each head, [heads, size, columns], by its largest magnitude.
 * @returns integers of the same layout, scales [heads, columns]
 */
export function quantizeHeadColumns(values: Float32Array, heads: number, size: number, largest: number): IntegerRows {
  const columns = values.length / (heads * size);
  const integers = new Int8Array(values.length);
  const scales = new Float32Array(heads * columns);
  for (let head = 0; head < heads; head++) {
    const own = scales.subarray(head * columns, (head + 1) * columns);
    const from = head * size * columns;
    for (let row = 0, i = from; row < size; row++)
      for (let column = 0; column < columns; column++, i++) own[column] = Math.max(own[column], Math.abs(values[i]));
    for (let column = 0; column < columns; column++) own[column] = own[column] / largest || 1;
    for (let row = 0, i = from; row < size; row++)
      for (let column = 0; column < columns; column++, i++)
        integers[i] = Math.max(-largest, Math.min(largest, Math.round(values[i] / own[column])));
  }
  return { integers, scales };
}

/** Quantises weights when they are read, unless they are stored as integers already. The last one is kept, because its integers and its scales are asked for in turn. */
export class RowQuantizer {
  readonly #weights: WeightSource;
  #last: { readonly key: string; readonly rows: Promise<IntegerRows> } | undefined;

  constructor(weights: WeightSource) {
    this.#weights = weights;
  }

  /** As it is stored, in float32. */
  read(weight: string): Promise<Float32Array> {
    return this.#weights.read(weight);
  }

  rows(weight: string, largest: number): Promise<IntegerRows> {
    const key = `${weight}:${largest}`;
    if (this.#last?.key !== key) {
      const stored = largest === 127 ? this.#weights.readRows?.(weight) : undefined;
      const read = async (): Promise<IntegerRows> =>
        (await stored) ?? quantizeRows(await this.#weights.read(weight), this.#weights.shape(weight)[0], largest);
      this.#last = { key, rows: read() };
    }
    return this.#last.rows;
  }
}
