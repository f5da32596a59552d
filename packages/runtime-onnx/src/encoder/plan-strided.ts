import { cutIntoGroups } from './cut-into-groups.js';
import { Int64Writer } from './int64.js';
import { PLAN } from './plan-names.js';

/** Queries of one layer, sequence by sequence. */
export interface StridedQueries {
  readonly layer: number;
  readonly heads: number;
  readonly hiddenSize: number;
  /** Queries of each sequence, `[B]`; the m rows lie in the same order. */
  readonly counts: Int32Array;
  readonly groups: number;
}

/** The feeds of `stridedAttention`. */
export function planStrided(
  { layer, heads: A, hiddenSize: H, counts, groups }: StridedQueries,
  int64: (name: string, data: BigInt64Array, dims: number[]) => void,
): void {
  const starts = new Int32Array(counts.length + 1);
  for (const [b, count] of counts.entries()) starts[b + 1] = starts[b] + count;
  const m = starts[counts.length];
  const parts = cutIntoGroups(counts, groups).map((sequences) => ({
    sequences,
    // A place at least, because operators want one.
    most: sequences.reduce((most, b) => Math.max(most, counts[b]), 1),
  }));
  const places = parts.reduce((sum, { sequences, most }) => sum + sequences.length * most, 0);
  const answers = new Int64Writer(m * A);
  let before = 0;
  for (const [g, { sequences, most: Q }] of parts.entries()) {
    const B = sequences.length;
    const placed = new Int64Writer(Q * B);
    for (const [place, b] of sequences.entries()) {
      for (let q = 0; q < counts[b]; q++) {
        const row = starts[b] + q;
        placed.set(q * B + place, row);
        for (let h = 0; h < A; h++) answers.set(row * A + h, h * places + before + place * Q + q);
      }
    }
    const turned = new Int64Writer(Q * A);
    for (let q = 0; q < Q; q++) for (let h = 0; h < A; h++) turned.set(q * A + h, h * Q + q);
    int64(PLAN.placedQueries(layer, g), placed.data, [Q * B]);
    int64(PLAN.turned(layer, g), turned.data, [Q * A]);
    int64(PLAN.foldedShape(layer, g), Int64Writer.from([A * Q, B, H]), [3]);
    int64(PLAN.groupOf(layer, g), Int64Writer.from(sequences), [B]);
    before += Q * B;
  }
  int64(PLAN.answers(layer), answers.data, [m, A]);
}
