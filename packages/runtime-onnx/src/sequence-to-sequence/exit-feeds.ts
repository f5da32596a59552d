import type { DecoderConfig } from '@hashee/core';
import { Int64Writer } from '../encoder/int64.js';
import type { Feed } from '../encoder/plan.js';
import { MASKED } from './cross-cache.js';
import { DECODER } from './decoder-inputs.js';

/** New tokens of hypotheses side by side. */
export interface NewTokens {
  /** K: hypotheses of each source. */
  readonly width: number;
  /** R */
  readonly hypotheses: number;
  /** N: new tokens of each. */
  readonly count: number;
  /** P: tokens before them. */
  readonly past: number;
}

/**
 * Which new tokens the layers above the earliest exit compute, and where their queries stand. Hypotheses of one source stand in one
 * row of its product, so sources without a query have places that nobody reads.
 * @param exitLayers of the new tokens, `[R·N]`
 */
export function exitFeeds(
  { heads: A, layers }: DecoderConfig,
  fullLayers: number,
  exitLayers: Uint8Array,
  tokens: NewTokens,
): [string, Feed][] {
  const feeds: [string, Feed][] = [];
  const { width, hypotheses: R, count: N, past: P } = tokens;
  for (let layer = fullLayers + 1; layer <= layers; layer++) {
    const rows: number[] = [];
    for (let row = 0; row < R * N; row++) if (exitLayers[row] >= layer) rows.push(row);
    feeds.push([DECODER.rows(layer), int64(Int64Writer.from(rows), [rows.length, 1])]);
    const own = places(rows, N, R, A);
    feeds.push(
      [DECODER.queries(layer), int64(own.queries, [R, A, own.most])],
      [DECODER.answers(layer), int64(own.answers, [rows.length, A])],
    );
    const mask = new Float32Array(R * own.most * (P + N));
    rows.forEach((row, i) => {
      const line = own.places[i] * (P + N);
      mask.fill(MASKED, line + P + (row % N) + 1, line + P + N);
    });
    feeds.push([DECODER.queryMask(layer), { type: 'float32', data: mask, dims: [R, 1, own.most, P + N] }]);
    const shared = places(rows, N * width, R / width, A);
    feeds.push(
      [DECODER.crossQueries(layer), int64(shared.queries, [R / width, A, shared.most])],
      [DECODER.crossAnswers(layer), int64(shared.answers, [rows.length, A])],
    );
  }
  return feeds;
}

function int64(data: BigInt64Array, dims: number[]): Feed {
  return { type: 'int64', data, dims };
}

/** Rows into [groups, A, most] and back, `size` rows of [R·N] making a group. */
function places(
  rows: readonly number[],
  size: number,
  groups: number,
  A: number,
): {
  readonly queries: BigInt64Array;
  readonly answers: BigInt64Array;
  readonly most: number;
  readonly places: number[];
} {
  const counts = new Int32Array(groups);
  const ranks = rows.map((row) => counts[Math.floor(row / size)]++);
  const most = counts.reduce((largest, count) => Math.max(largest, count), 0);
  const queries = new Int64Writer(groups * A * most);
  const answers = new Int64Writer(rows.length * A);
  rows.forEach((row, i) => {
    const group = Math.floor(row / size);
    for (let h = 0; h < A; h++) {
      const place = (group * A + h) * most + ranks[i];
      queries.set(place, i * A + h);
      answers.set(i * A + h, place);
    }
  });
  return {
    queries: queries.data,
    answers: answers.data,
    most,
    places: rows.map((row, i) => Math.floor(row / size) * most + ranks[i]),
  };
}
