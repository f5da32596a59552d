import type { EncoderConfig, TokenBatch } from '@hashee/core';
import { Int64Writer } from './int64.js';
import { LONG } from './long-names.js';
import type { Feed, Plan } from './plan.js';
import { PLAN } from './plan-names.js';
import type { EncoderShape } from './shape.js';

/**
 * The feeds of `longGraph`.
 * @param exitLayers `[T]`
 * @param slots `[T]`, rows of the word tables where layer 1 looks up
 */
export function planLong(
  batch: TokenBatch,
  exitLayers: Uint8Array,
  shape: EncoderShape,
  config: EncoderConfig,
  slots?: Int32Array,
): Plan {
  const { inputIds, tokenTypeIds, offsets } = batch;
  const T = inputIds.length;
  const G = offsets.length - 1;
  const feeds = new Map<string, Feed>();
  const int64 = (name: string, data: BigInt64Array, dims: readonly number[] = [data.length]): void => {
    feeds.set(name, { type: 'int64', data, dims });
  };
  const positions = new Int64Writer(T);
  for (let b = 0; b < G; b++)
    for (let t = offsets[b]; t < offsets[b + 1]; t++) positions.set(t, config.positionOffset + t - offsets[b]);
  int64(PLAN.inputIds, Int64Writer.from(inputIds));
  int64(PLAN.tokenTypeIds, Int64Writer.from(tokenTypeIds));
  int64(PLAN.positionIds, positions.data);
  int64(LONG.lengths, Int64Writer.from(offsets.subarray(1).map((end, b) => end - offsets[b])));
  int64(LONG.first, Int64Writer.from(offsets.subarray(0, G)));
  if (slots) int64(LONG.slots, Int64Writer.from(slots));

  const activeTokens = new Array<number>(config.layers).fill(0);
  const activePerSequence = Array.from({ length: config.layers }, () => new Int32Array(G));
  let apart = false;
  shape.layers.forEach(({ layer, queries, attention }, index) => {
    const firstOnly = shape.read === 'first' && index + 1 === shape.layers.length;
    const all = queries === 'all';
    if (all) apart = false;
    else if (attention === 'absorbed') apart = true;
    else if (attention === 'projected') apart = false;
    const counts = activePerSequence[layer - 1];
    const rows: number[] = [];
    for (let b = 0; b < G; b++) {
      const [from, to] = [offsets[b], firstOnly ? offsets[b] + 1 : offsets[b + 1]];
      for (let t = from; t < to; t++) {
        if (!firstOnly && !all && exitLayers[t] < layer) continue;
        counts[b]++;
        if (!all) rows.push(apart ? t - from : t);
      }
    }
    activeTokens[layer - 1] = counts.reduce((sum, count) => sum + count, 0);
    if (all) return;
    int64(LONG.rows(layer), Int64Writer.from(rows), [rows.length, 1]);
    int64(LONG.counts(layer), Int64Writer.from(counts));
  });
  return { feeds, activeTokens, activePerSequence };
}
