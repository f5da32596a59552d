import { Random } from '@hashee/core';
import type { BitExample, BitSet } from '@hashee/difficulty';

/**
 * Sequences with a first and a last special token; a row's bits follow from its words by `bitsOf`.
 * @param halves all words of a sequence are below 25, or all from there on
 */
export function madeUp(
  count: number,
  seed: number,
  level: BitSet['level'],
  layers: number,
  bitsOf: (words: readonly number[], position: number) => readonly number[],
  halves = false,
): BitSet {
  const random = new Random(seed);
  const examples = Array.from({ length: count }, (): BitExample => {
    const [from, size] = halves ? [10 + 15 * random.below(2), 15] : [10, 30];
    const words = Array.from({ length: 2 + random.below(6) }, () => from + random.below(size));
    const positions = level === 'sentence' ? Int32Array.of(0) : Int32Array.from(words, (_, index) => index + 1);
    return {
      inputIds: Int32Array.of(2, ...words, 3),
      positions,
      labels: positions.map(() => 0),
      bits: Uint8Array.from(Array.from(positions).flatMap((position) => [...bitsOf(words, position - 1)])),
    };
  });
  return { level, layers, examples };
}
