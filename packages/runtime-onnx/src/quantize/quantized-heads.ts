import type { IntegerRows } from '@hashee/core';
import type { StoredTensor } from '../session/weight-binding.js';
import { quantizeHeadColumns, type RowQuantizer, transposedHeads } from './quantized-weights.js';

/** Names of what a matrix of keys or values `[A·D, H]` is stored as for absorbed attention. */
export const HEADS = {
  /** int8 [A, D, H], and a float32 scale for each column of each head, [A, 1, H]: from a head's query to states */
  folded: (weight: string): string => `${weight}.folded`,
  /** int8 [A, H, D], with the scales of the rows of the matrix, [A, 1, D]: from states to a head's answer */
  values: (weight: string): string => `${weight}.heads`,
} as const;

export interface HeadsOf {
  readonly heads: number;
  readonly size: number;
  readonly largest: number;
}

/** Keys are folded into queries, values are applied to what was mixed: each needs one of the two. */
export function headTensors(quantizer: RowQuantizer, weight: string, of: HeadsOf): StoredTensor[] {
  return weight.endsWith('.key.weight') ? foldedTensors(quantizer, weight, of) : [valueTensor(quantizer, weight, of)];
}

export function foldedTensors(
  quantizer: RowQuantizer,
  weight: string,
  { heads, size, largest }: HeadsOf,
): StoredTensor[] {
  const name = HEADS.folded(weight);
  // Integers and scales are asked for in turn.
  let made: Promise<IntegerRows> | undefined;
  const quantized = (): Promise<IntegerRows> => {
    made ??= quantizer.read(weight).then((values) => quantizeHeadColumns(values, heads, size, largest));
    return made;
  };
  const scales = async (): Promise<Float32Array> => {
    const { scales } = await quantized();
    made = undefined;
    return scales;
  };
  return [
    { name: `${name}.q8`, read: async () => (await quantized()).integers },
    { name: `${name}.scale`, read: scales },
  ];
}

export function valueTensor(quantizer: RowQuantizer, weight: string, { heads, size, largest }: HeadsOf): StoredTensor {
  return {
    name: `${HEADS.values(weight)}.q8`,
    read: async () => transposedHeads((await quantizer.rows(weight, largest)).integers, heads, size),
  };
}
