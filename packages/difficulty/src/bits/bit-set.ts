import type { TokenSequence } from '@hashee/core';
import type { Bits } from './bits.js';

/** A sequence of which some positions carry bits: the first for sentences, every word piece for tokens. */
export interface BitExample extends Pick<TokenSequence, 'inputIds' | 'tokenTypeIds'> {
  /** Positions with bits, `[rows]`, ascending. */
  readonly positions: Int32Array;
  /** `[rows, L]` */
  readonly bits: Uint8Array;
  /** Class that each of them should be given by the model that the bits are about, `[rows]`; -1 where nobody knows. */
  readonly labels: Int32Array;
}

/** Examples with bits. Whoever predicts is trained on one and judged on another. */
export interface BitSet {
  readonly level: 'sentence' | 'token';
  readonly layers: number;
  readonly examples: readonly BitExample[];
}

/** All bits of a set, its examples one after another. */
export function bitsOf({ layers, examples }: BitSet): Bits {
  const values = new Uint8Array(examples.reduce((sum, { bits }) => sum + bits.length, 0));
  let offset = 0;
  for (const { bits } of examples) {
    values.set(bits, offset);
    offset += bits.length;
  }
  return { layers, values };
}

/** Where the rows of each example begin among all rows, `[examples + 1]`. */
export function rowOffsets({ examples }: Pick<BitSet, 'examples'>): Int32Array {
  const offsets = new Int32Array(examples.length + 1);
  examples.forEach(({ positions }, index) => {
    offsets[index + 1] = offsets[index] + positions.length;
  });
  return offsets;
}

/** Token ids of all rows, in order. */
export function rowTypes({ examples }: Pick<BitSet, 'examples'>): number[] {
  return examples.flatMap(({ inputIds, positions }) => Array.from(positions, (position) => inputIds[position]));
}
