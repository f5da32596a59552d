import { type HeadAttention, type HeadConfig, ownerOf } from '../../head.js';
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
    const read = head.attention
      ? attendedFirst(weights, head, head.attention, states.subarray(token * H, offsets[row + 1] * H), H)
      : states.slice(token * H, (token + 1) * H);
    logits.set(headAnswer(weights, head, read), row * C);
  }
  return logits;
}

/** The first token after a head's own attention, `[U]`. @param states of one sequence, `[n, H]` */
function attendedFirst(
  weights: ReferenceWeights,
  head: HeadConfig,
  { units: U, heads }: HeadAttention,
  states: Float64Array,
  H: number,
): Float64Array {
  const part = (name: string, x: Float64Array): Float64Array => {
    const prefix = `heads.${head.name}.${name}`;
    return linear(x, tensor(weights, `${prefix}.weight`), tensor(weights, `${prefix}.bias`));
  };
  const n = states.length / H;
  const reduced = Array.from({ length: n }, (_, t) =>
    part('reduce', states.slice(t * H, (t + 1) * H)).map((value) => Math.tanh(value)),
  );
  const query = part('attention.query', reduced[0]);
  const keys = reduced.map((x) => part('attention.key', x));
  const values = reduced.map((x) => part('attention.value', x));
  const D = U / heads;
  const mixed = new Float64Array(U);
  for (let h = 0; h < heads; h++) {
    const scores = keys.map((key) => {
      let sum = 0;
      for (let d = h * D; d < (h + 1) * D; d++) sum += query[d] * key[d];
      return sum / Math.sqrt(D);
    });
    const most = Math.max(...scores);
    const powers = scores.map((score) => Math.exp(score - most));
    const total = powers.reduce((sum, power) => sum + power, 0);
    for (let t = 0; t < n; t++)
      for (let d = h * D; d < (h + 1) * D; d++) mixed[d] += (powers[t] / total) * values[t][d];
  }
  return part('attention.output', mixed);
}
