import { HasheeError } from '@hashee/core';

/** Share of the places that exit at the same layer in both. @throws HasheeError `INVALID_ARGUMENT` for unequal lengths */
export function sameLayer(one: ArrayLike<number>, other: ArrayLike<number>): number {
  if (one.length !== other.length || one.length === 0)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `Exits of the same instances are compared, one at least; got ${one.length} and ${other.length}.`,
      { fields: { one: one.length, other: other.length } },
    );
  let same = 0;
  for (let i = 0; i < one.length; i++) if (one[i] === other[i]) same++;
  return same / one.length;
}

/** Tokens with the layers at which they exit. */
export interface TokenExits {
  /** `[T]` */
  readonly types: ArrayLike<number>;
  /** `[T]`, from 1 */
  readonly layers: ArrayLike<number>;
}

/**
 * How likely a token at inference exits at the layer at which an occurrence of the same type, drawn at random, exited in
 * training: the mean over the tokens whose type was seen there. `null` where none was.
 */
export function sameTypeSameLayer(training: TokenExits, inference: TokenExits): number | null {
  const seen = new Map<number, Map<number, number>>();
  for (let t = 0; t < training.types.length; t++) {
    const counts = seen.get(training.types[t]) ?? new Map<number, number>();
    seen.set(training.types[t], counts);
    counts.set(training.layers[t], (counts.get(training.layers[t]) ?? 0) + 1);
  }
  let [sum, tokens] = [0, 0];
  for (let t = 0; t < inference.types.length; t++) {
    const counts = seen.get(inference.types[t]);
    if (!counts) continue;
    const total = [...counts.values()].reduce((all, count) => all + count, 0);
    sum += (counts.get(inference.layers[t]) ?? 0) / total;
    tokens++;
  }
  return tokens === 0 ? null : sum / tokens;
}

/**
 * Exit layers of sequences, from 1, by what a policy compares with its threshold: the first layer whose value is below it.
 * @param values `[N, L - 1]`
 */
export function exitsBelow(values: ArrayLike<number>, layers: number, threshold: number): Uint8Array {
  const inner = layers - 1;
  return Uint8Array.from({ length: values.length / inner }, (_, row) => {
    for (let l = 0; l < inner; l++) if (values[row * inner + l] < threshold) return l + 1;
    return layers;
  });
}

/** The threshold at which sequences leave, on average, at most as late as asked. @param values `[N, L - 1]` */
export function thresholdForMeanExit(values: ArrayLike<number>, layers: number, meanExit: number): number {
  const sorted = Array.from(values).sort((a, b) => a - b);
  let [low, high] = [0, sorted.length];
  const at = (index: number): number => (index < sorted.length ? sorted[index] : Number.POSITIVE_INFINITY);
  while (low < high) {
    const middle = (low + high) >> 1;
    const exits = exitsBelow(values, layers, at(middle));
    if (exits.reduce((sum, layer) => sum + layer, 0) / exits.length <= meanExit) high = middle;
    else low = middle + 1;
  }
  return at(low);
}
