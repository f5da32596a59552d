import { type HeadConfig, ownerOf } from '../../head.js';
import { activate, linear } from './math.js';
import { type ReferenceWeights, tensor } from './weights.js';

/** Answer of a head on one state, `[C]`. */
export function headAnswer(weights: ReferenceWeights, head: HeadConfig, state: Float64Array): Float64Array {
  const part = (name: 'dense' | 'classifier', x: Float64Array): Float64Array => {
    const prefix = `heads.${ownerOf(head, name)}.${name}`;
    return linear(x, tensor(weights, `${prefix}.weight`), tensor(weights, `${prefix}.bias`));
  };
  let x = state;
  if (head.dense !== 'none') {
    x = part('dense', x);
    for (const kind of head.dense.split('+') as ('tanh' | 'relu' | 'gelu')[])
      x = x.map((value) => activate(kind, value));
  }
  return part('classifier', x);
}

/**
 * Answers of a head on the states of a batch: of the first token of each sequence, or of every token for token
 * classification.
 * @param states `[T, H]`
 * @param offsets `[B + 1]`
 * @returns `[B, C]` or `[T, C]`
 */
export function referenceHead(
  weights: ReferenceWeights,
  head: HeadConfig,
  states: Float64Array,
  offsets: ArrayLike<number>,
): Float64Array {
  const sequences = offsets.length - 1;
  const tokens = offsets[sequences];
  const H = tokens > 0 ? states.length / tokens : 0;
  const C = head.labels.length;
  const rows = head.task === 'token-classification' ? tokens : sequences;
  const logits = new Float64Array(rows * C);
  for (let row = 0; row < rows; row++) {
    const token = head.task === 'token-classification' ? row : offsets[row];
    logits.set(headAnswer(weights, head, states.slice(token * H, (token + 1) * H)), row * C);
  }
  return logits;
}
