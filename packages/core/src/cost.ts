import type { EncoderConfig } from './config.js';
import { HasheeError } from './errors.js';
import type { HeadConfig } from './head.js';

/**
 * Multiply-accumulates of layer l (from 1) over one sequence. Counts the linear maps and the two attention products.
 * With `projected` attention every token costs its K and V; with `absorbed` attention the key and value matrices are
 * applied to the active queries instead, and frozen tokens cost nothing of their own.
 *
 * Projected, I = 4H: `a·12H² + (n - a)·2H² + 2·a·n·H` (methods: Sun et al. 2022; counting of §5 with true lengths).
 * @param active tokens computed in this layer
 * @param length tokens of the sequence, n
 */
export function layerMacs(
  config: EncoderConfig,
  layer: number,
  active: number,
  length: number,
  attention: 'projected' | 'absorbed' = 'projected',
): number {
  if (active === 0) return 0;
  const { hiddenSize: H, intermediateSize: I, headSize: D } = config;
  const A = config.heads[layer - 1];
  const width = A * D;
  const queriesOutputFeedForward = active * (2 * H * width + 2 * H * I);
  if (attention === 'projected') return queriesOutputFeedForward + length * 2 * H * width + 2 * active * length * width;
  return queriesOutputFeedForward + active * 2 * H * width + 2 * active * length * H * A;
}

/**
 * Multiply-accumulates of a head over `rows` states: `rows·(H² + H·C)`, without the H² where it has no dense layer. With an
 * attention of its own over `tokens` tokens, U units: `tokens·(H·U + 2U² + 2U) + rows·(2U² + U² + U·C)`; only the first token of a
 * sequence is a query, which is all that the classifier reads.
 * @param tokens of the sequences that the rows are of, in all; for heads with `attention`
 * @throws HasheeError `INVALID_ARGUMENT` for such a head without it
 */
export function headMacs(config: EncoderConfig, head: HeadConfig, rows: number, tokens?: number): number {
  const { hiddenSize: H } = config;
  const C = head.labels.length;
  if (head.attention === undefined) return rows * ((head.dense === 'none' ? 0 : H * H) + H * C);
  if (tokens === undefined)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `Head "${head.name}" attends over all tokens: its multiply-accumulates depend on their number, which is missing.`,
      { fields: { head: head.name } },
    );
  const { units: U } = head.attention;
  const dense = head.dense === 'none' ? 0 : U * U;
  return tokens * (H * U + 2 * U * U + 2 * U) + rows * (2 * U * U + dense + U * C);
}

/** Multiply-accumulates of the factorised embedding's projection; 0 for models without one. */
export function embeddingMacs(config: EncoderConfig, length: number): number {
  return config.embeddingSize === config.hiddenSize ? 0 : length * config.embeddingSize * config.hiddenSize;
}

/** Tokens of one sequence that are still computed in each layer, `[L]`. */
export function activeCounts(exitLayers: ArrayLike<number>, layers: number): number[] {
  const counts = new Array<number>(layers).fill(0);
  for (let t = 0; t < exitLayers.length; t++) for (let l = 0; l < exitLayers[t]; l++) counts[l]++;
  return counts;
}

/**
 * Multiply-accumulates of the encoder over one sequence with the given exit layers, keys and values projected, head
 * not counted. Worked example: H = 768, L = 6, exits (6,1,1,2,3,4,5,6) give 222,117,888.
 */
export function sequenceMacs(config: EncoderConfig, exitLayers: ArrayLike<number>): number {
  const n = exitLayers.length;
  return activeCounts(exitLayers, config.layers).reduce(
    (sum, active, index) => sum + layerMacs(config, index + 1, active, n),
    embeddingMacs(config, n),
  );
}

/** Multiply-accumulates of the dense encoder over one sequence of `length` tokens, head not counted. */
export function denseMacs(config: EncoderConfig, length: number): number {
  let sum = embeddingMacs(config, length);
  for (let layer = 1; layer <= config.layers; layer++) sum += layerMacs(config, layer, length, length);
  return sum;
}
