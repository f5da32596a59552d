import { decoderInputs, type SequenceToSequenceConfig, type TargetBatch } from '@hashee/core';
import { Int64Writer } from '../../encoder/int64.js';
import type { Feed } from '../../encoder/plan.js';
import { MASKED } from '../cross-cache.js';
import type { DecoderShape } from './decoder-shape.js';
import { TARGET } from './target-inputs.js';

/** Sizes that dropout masks follow from. */
export interface TargetPlan {
  readonly feeds: ReadonlyMap<string, Feed>;
  /** B, S, N, M as in target-inputs.ts. */
  readonly sizes: { readonly B: number; readonly S: number; readonly N: number; readonly M: number };
  /** Queries of each layer: all of them, m, and the most of one output, Q. */
  readonly queries: readonly { readonly m: number; readonly Q: number }[];
}

/**
 * All index arithmetic of the outputs of a batch, done once before the graph runs.
 * @param sources offsets of the sources, `[B + 1]`
 * @param exitLayers of the tokens given to the decoder, `[N]`
 * @param scale the gradient of the mean loss is multiplied by it
 */
export function planTargets(
  config: SequenceToSequenceConfig,
  sources: Int32Array,
  targets: TargetBatch,
  exitLayers: Uint8Array,
  shape: DecoderShape,
  scale: number,
): TargetPlan {
  const { heads: A, positionOffset } = config.decoder;
  const { labels, offsets } = targets;
  const B = offsets.length - 1;
  const N = labels.length;
  const feeds = new Map<string, Feed>();
  const int64 = (name: string, data: BigInt64Array, dims: number[]): void => {
    feeds.set(name, { type: 'int64', data, dims });
  };
  const float32 = (name: string, data: Float32Array, dims: number[]): void => {
    feeds.set(name, { type: 'float32', data, dims });
  };

  int64(TARGET.inputIds, Int64Writer.from(decoderInputs(targets, config)), [N]);
  const positions = new Int64Writer(N);
  for (let b = 0; b < B; b++)
    for (let n = offsets[b]; n < offsets[b + 1]; n++) positions.set(n, positionOffset + n - offsets[b]);
  int64(TARGET.positionIds, positions.data, [N]);
  const own = headPlaces(offsets, A);
  const M = own.longest;
  int64(TARGET.keys, own.keys, [B, A, M]);
  int64(TARGET.keyRows, own.rows, [N, A]);
  const causal = new Float32Array(M * M);
  for (let n = 0; n < M; n++) causal.fill(MASKED, n * M + n + 1, (n + 1) * M);
  float32(TARGET.causalMask, causal, [1, 1, M, M]);

  const read = headPlaces(sources, A);
  const S = read.longest;
  int64(TARGET.sourceKeys, read.keys, [B, A, S]);
  int64(TARGET.sourceKeyRows, read.rows, [sources[B], A]);
  const sourceMask = new Float32Array(B * S);
  for (let b = 0; b < B; b++) sourceMask.fill(MASKED, b * S + sources[b + 1] - sources[b], (b + 1) * S);
  float32(TARGET.sourceMask, sourceMask, [B, 1, 1, S]);

  const answered = Int32Array.from(labels.keys()).filter((n) => labels[n] >= 0);
  const count = answered.length;
  int64(TARGET.answered, Int64Writer.from(answered), [count]);
  int64(TARGET.labels, Int64Writer.from(answered.map((n) => labels[n])), [count, 1]);
  const end = (chunk: number): number => Math.floor((count * chunk) / shape.chunks);
  const chunks = Array.from({ length: shape.chunks }, (_, chunk) => end(chunk + 1) - end(chunk));
  int64(TARGET.chunks, Int64Writer.from(chunks), [shape.chunks]);
  float32(TARGET.share, Float32Array.of(1 / count), []);
  float32(TARGET.scale, Float32Array.of(scale / count), []);

  const queries = shape.queries.map((kind, index) => {
    if (kind === 'all') return { m: N, Q: M };
    if (kind === 'none') return { m: 0, Q: 0 };
    return planQueries(index + 1, A, M, offsets, exitLayers, int64, float32);
  });
  return { feeds, sizes: { B, S, N, M }, queries };
}

/** Rows of [tokens·A, D] into [B, A, longest, D] and back; padding reads the first token of its sequence. */
function headPlaces(
  offsets: Int32Array,
  A: number,
): { readonly keys: BigInt64Array; readonly rows: BigInt64Array; readonly longest: number } {
  const B = offsets.length - 1;
  let longest = 0;
  for (let b = 0; b < B; b++) longest = Math.max(longest, offsets[b + 1] - offsets[b]);
  const keys = new Int64Writer(B * A * longest);
  const rows = new Int64Writer(offsets[B] * A);
  let place = 0;
  for (let b = 0; b < B; b++) {
    const length = offsets[b + 1] - offsets[b];
    for (let h = 0; h < A; h++)
      for (let s = 0; s < longest; s++, place++) {
        keys.set(place, (offsets[b] + (s < length ? s : 0)) * A + h);
        if (s < length) rows.set((offsets[b] + s) * A + h, place);
      }
  }
  return { keys: keys.data, rows: rows.data, longest };
}

/** Tokens that a layer computes: their rows, their places in [B, A, Q] and back, and what each may look at. */
function planQueries(
  layer: number,
  A: number,
  M: number,
  offsets: Int32Array,
  exitLayers: Uint8Array,
  int64: (name: string, data: BigInt64Array, dims: number[]) => void,
  float32: (name: string, data: Float32Array, dims: number[]) => void,
): { readonly m: number; readonly Q: number } {
  const B = offsets.length - 1;
  const rows: number[] = [];
  const starts = [0];
  for (let b = 0; b < B; b++) {
    for (let n = offsets[b]; n < offsets[b + 1]; n++) if (exitLayers[n] >= layer) rows.push(n);
    starts.push(rows.length);
  }
  const m = rows.length;
  let Q = 0;
  for (let b = 0; b < B; b++) Q = Math.max(Q, starts[b + 1] - starts[b]);
  const queries = new Int64Writer(B * A * Q);
  const answers = new Int64Writer(m * A);
  const mask = new Float32Array(B * Q * M);
  for (let b = 0; b < B; b++)
    for (let q = 0; q < starts[b + 1] - starts[b]; q++) {
      const row = starts[b] + q;
      for (let h = 0; h < A; h++) {
        const place = (b * A + h) * Q + q;
        queries.set(place, row * A + h);
        answers.set(row * A + h, place);
      }
      const seen = rows[row] - offsets[b] + 1;
      mask.fill(MASKED, (b * Q + q) * M + seen, (b * Q + q + 1) * M);
    }
  int64(TARGET.rows(layer), Int64Writer.from(rows), [m, 1]);
  int64(TARGET.queries(layer), queries.data, [B, A, Q]);
  int64(TARGET.answers(layer), answers.data, [m, A]);
  float32(TARGET.queryMask(layer), mask, [B, 1, Q, M]);
  return { m, Q };
}
