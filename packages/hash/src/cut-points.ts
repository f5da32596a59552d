/**
 * Where a ranking is cut into layers, for targets: entry l - 1 is the number of types that exit at layer l or before,
 * `[L]`; the last is the number of types.
 *
 * The share of types out by layer l is `(l / L)^γ` with γ = lateness / (1 - lateness). One number thus leads from one
 * end to the other, and each type's exit layer never falls as it grows:
 *
 * | lateness | γ | exits |
 * | --- | --- | --- |
 * | 0 | 0 | all types at layer 1 |
 * | 0.5 | 1 | equal numbers of types at each layer, as with L buckets |
 * | 1 | ∞ | all types at layer L: the dense model |
 *
 * @param types number of ranked types
 * @param layers L
 * @param lateness from 0 to 1
 */
export function cutPoints(types: number, layers: number, lateness: number): Int32Array {
  const exponent = lateness / (1 - lateness);
  return Int32Array.from({ length: layers }, (_, index) => {
    if (index === layers - 1) return types;
    // The small addend keeps exact shares exact: 10 · 0.3 is 3 types, not 2.
    return Math.min(types, Math.floor(types * ((index + 1) / layers) ** exponent + 1e-9));
  });
}

/** Exit layer by rank, `[types]`, of cut points. */
export function cutLayers(cuts: ArrayLike<number>): Uint8Array {
  const layers = cuts.length;
  const result = new Uint8Array(cuts[layers - 1]);
  for (let layer = 1, rank = 0; layer <= layers; layer++) for (; rank < cuts[layer - 1]; rank++) result[rank] = layer;
  return result;
}
