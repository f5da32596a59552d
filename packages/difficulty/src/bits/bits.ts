/** What exits answer right, `[N, L]`: 1 where the classifier above layer l (column l - 1) is right on row n. */
export interface Bits {
  /** L, or 12 for bits of a deeper model than the one at hand. */
  readonly layers: number;
  readonly values: Uint8Array;
}

/** N */
export function rowsOf({ values, layers }: Bits): number {
  return values.length / layers;
}

/** The difficulty of a row: its first layer that answers right, from 1; `undefined` where none does. */
export function firstRight({ values, layers }: Bits, row: number): number | undefined {
  for (let layer = 1; layer <= layers; layer++) if (values[row * layers + layer - 1] === 1) return layer;
  return undefined;
}

/** Bits from logits, one a row and layer: right where the logit is above 0. */
export function bitsOfLogits(logits: Float32Array, layers: number): Bits {
  return { layers, values: Uint8Array.from(logits, (logit) => (logit > 0 ? 1 : 0)) };
}
