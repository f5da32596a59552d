import type { EncoderConfig, TokenBatch } from '@hashee/core';
import { Int64Writer } from './int64.js';
import { PLAN } from './plan-names.js';
import { planStrided } from './plan-strided.js';
import { type EncoderShape, isGrouped, type LayerShape } from './shape.js';

/** A graph input ready to be fed. */
export interface Feed {
  readonly type: 'int64' | 'float32';
  readonly data: BigInt64Array | Float32Array;
  readonly dims: readonly number[];
}

export interface Plan {
  readonly feeds: ReadonlyMap<string, Feed>;
  /** Queries of each layer, `[L]`; 0 for layers that aren't computed. */
  readonly activeTokens: number[];
  /** Queries of each layer and sequence, `[L][B]`. */
  readonly activePerSequence: Int32Array[];
}

/** Added to the scores of padding: far below any score, far from overflow. */
const MASKED = -1e30;

/** Where the tokens of a batch lie, side by side and padded. */
class Places {
  readonly sequences: number;
  readonly longest: number;
  /** Sequences in the order of the padded layout. */
  readonly order: Int32Array;
  /** Place of each sequence in that order. */
  readonly rank: Int32Array;

  /** @param work the sequences are ordered by it, ascending; without it they stay as they are */
  constructor(
    readonly offsets: Int32Array,
    work: Int32Array | undefined,
  ) {
    this.sequences = offsets.length - 1;
    let longest = 0;
    for (let b = 0; b < this.sequences; b++) longest = Math.max(longest, offsets[b + 1] - offsets[b]);
    this.longest = longest;
    this.order = Int32Array.from({ length: this.sequences }, (_, b) => b);
    if (work) this.order.sort((a, b) => work[a] - work[b] || a - b);
    this.rank = new Int32Array(this.sequences);
    this.order.forEach((b, place) => {
      this.rank[b] = place;
    });
  }

  /** Place of token t, the s-th of sequence b, in a layout. */
  in(layout: 'ragged' | 'padded', b: number, s: number): number {
    return layout === 'ragged' ? this.offsets[b] + s : this.rank[b] * this.longest + s;
  }
}

/**
 * All index arithmetic of a batch, done once before the graph runs: which rows are queries in which layer, and where heads
 * and padding put them.
 * @param exitLayers `[T]`, 1..L
 * @param slots `[T]`, rows of the word tables where layer 1 looks up
 */
export function planBatch(
  batch: TokenBatch,
  exitLayers: Uint8Array,
  shape: EncoderShape,
  config: EncoderConfig,
  slots?: Int32Array,
): Plan {
  const groups = shape.groups ?? 1;
  const places = new Places(
    batch.offsets,
    groups > 1 && shape.absorption !== 'strided' ? layersToCompute(batch.offsets, exitLayers) : undefined,
  );
  const { sequences: B, longest: S } = places;
  const T = batch.inputIds.length;
  const feeds = new Map<string, Feed>();
  const int64 = (name: string, data: BigInt64Array, dims: number[]): void => {
    feeds.set(name, { type: 'int64', data, dims });
  };

  const positions = new Int64Writer(T);
  const pad = new Int64Writer(B * S);
  const unpad = new Int64Writer(T);
  const first = new Int64Writer(B);
  const firstPadded = new Int64Writer(B);
  const mask = new Float32Array(B * S);
  for (let b = 0; b < B; b++) {
    const from = batch.offsets[b];
    const length = batch.offsets[b + 1] - from;
    first.set(b, from);
    const row = places.in('padded', b, 0);
    firstPadded.set(b, row);
    for (let s = 0; s < length; s++) {
      positions.set(from + s, config.positionOffset + s);
      unpad.set(from + s, row + s);
    }
    for (let s = 0; s < S; s++) pad.set(row + s, s < length ? from + s : from);
    mask.fill(MASKED, row + length, row + S);
  }
  int64(PLAN.inputIds, Int64Writer.from(batch.inputIds), [T]);
  int64(PLAN.tokenTypeIds, Int64Writer.from(batch.tokenTypeIds), [T]);
  int64(PLAN.positionIds, positions.data, [T]);
  int64(PLAN.pad, pad.data, [B * S]);
  int64(PLAN.unpad, unpad.data, [T]);
  int64(PLAN.first, first.data, [B]);
  int64(PLAN.firstPadded, firstPadded.data, [B]);
  feeds.set(PLAN.mask, { type: 'float32', data: mask, dims: [B, 1, S] });
  const projected = shape.layers.filter(({ attention }) => attention === 'projected');
  for (const heads of new Set(projected.map(({ layer }) => config.heads[layer - 1]))) {
    const { keys, rows } = keyPlaces(places, heads);
    int64(PLAN.keys(heads), keys, [B, heads, S]);
    int64(PLAN.keyRows(heads), rows, [T, heads]);
  }

  if (slots) planLookUp(places, slots, config, int64);

  const activeTokens = new Array<number>(config.layers).fill(0);
  const activePerSequence = Array.from({ length: config.layers }, () => new Int32Array(B));
  let layout: 'ragged' | 'padded' = 'ragged';
  shape.layers.forEach((layer, index) => {
    const firstOnly = shape.read === 'first' && index + 1 === shape.layers.length;
    if (layer.attention === 'absorbed') layout = 'padded';
    else if (layer.attention === 'projected') layout = 'ragged';
    const counts = activePerSequence[layer.layer - 1];
    const rows: number[] = [];
    // First tokens come out in the order of the batch; other queries go back to their places, and groups are stretches of them.
    for (let place = 0; place < B; place++) {
      const b = firstOnly ? place : places.order[place];
      const from = batch.offsets[b];
      const length = firstOnly ? 1 : batch.offsets[b + 1] - from;
      for (let s = 0; s < length; s++) {
        if (!firstOnly && layer.queries === 'some' && exitLayers[from + s] < layer.layer) continue;
        rows.push(places.in(layout, b, s));
        counts[b]++;
      }
    }
    activeTokens[layer.layer - 1] = rows.length;
    if (layer.queries === 'some') int64(PLAN.rows(layer.layer), Int64Writer.from(rows), [rows.length, 1]);
    if (layer.attention === 'none' || layer.queries === 'all') return;
    const A = config.heads[layer.layer - 1];
    const enumerated = Array.from(places.order, (b, place) => (firstOnly ? place : b));
    if (layer.attention === 'absorbed' && shape.absorption === 'strided') {
      const queries = { layer: layer.layer, heads: A, hiddenSize: config.hiddenSize, counts };
      planStrided({ ...queries, groups: isGrouped(shape, index) ? groups : 1 }, int64);
    } else if (isGrouped(shape, index)) {
      const sizes = groupSizes(B, groups);
      const queries = sizes.map(({ from, to }, group) => {
        const ranks = new Map(enumerated.slice(from, to).map((b, place) => [b, place]));
        return planQueries(layer, A, counts, ranks, int64, group);
      });
      int64(PLAN.groupSequences, Int64Writer.from(sizes.map(({ from, to }) => to - from)), [groups]);
      int64(PLAN.groupQueries(layer.layer), Int64Writer.from(queries), [groups]);
    } else {
      const ranks = new Map(enumerated.map((b) => [b, places.rank[b]]));
      planQueries(layer, A, counts, ranks, int64);
    }
  });
  return { feeds, activeTokens, activePerSequence };
}

/** Keys of [T, A, D] into [B, A, S, D] and back. */
function keyPlaces(places: Places, A: number): { keys: BigInt64Array; rows: BigInt64Array } {
  const { sequences: B, longest: S, offsets, order } = places;
  const keys = new Int64Writer(B * A * S);
  const rows = new Int64Writer(offsets[B] * A);
  let place = 0;
  for (const b of order) {
    const from = offsets[b];
    const length = offsets[b + 1] - from;
    for (let h = 0; h < A; h++) {
      for (let s = 0; s < S; s++, place++) {
        keys.set(place, (s < length ? from + s : from) * A + h);
        if (s < length) rows.set((from + s) * A + h, place);
      }
    }
  }
  return { keys: keys.data, rows: rows.data };
}

/** Where layer 1 finds its words and positions. Padding reads the first token of its sequence. */
function planLookUp(
  places: Places,
  slots: Int32Array,
  config: EncoderConfig,
  int64: (name: string, data: BigInt64Array, dims: number[]) => void,
): void {
  const { sequences: B, longest: S, offsets, order } = places;
  const A = config.heads[0];
  const rows = new Int64Writer(B * A * S);
  const tokens = new Int64Writer(B * S);
  let row = 0;
  let place = 0;
  for (const b of order) {
    const from = offsets[b];
    const length = offsets[b + 1] - from;
    for (let h = 0; h < A; h++)
      for (let s = 0; s < S; s++) rows.set(row++, slots[s < length ? from + s : from] * A + h);
    for (let s = 0; s < S; s++) tokens.set(place++, s < length ? from + s : from);
  }
  const positions = new Int64Writer(A * S);
  for (let h = 0; h < A; h++) for (let s = 0; s < S; s++) positions.set(h * S + s, (config.positionOffset + s) * A + h);
  int64(PLAN.slots, rows.data, [B, A, S]);
  int64(PLAN.keyTokens, tokens.data, [B, 1, S, 1]);
  int64(PLAN.positionSlots, positions.data, [A, S]);
}

/** Layers that the tokens of each sequence run beyond the first, in all. */
function layersToCompute(offsets: Int32Array, exitLayers: Uint8Array): Int32Array {
  return Int32Array.from({ length: offsets.length - 1 }, (_, b) => {
    let sum = 0;
    for (let t = offsets[b]; t < offsets[b + 1]; t++) sum += exitLayers[t] - 1;
    return sum;
  });
}

/** Stretches of like length. */
function groupSizes(sequences: number, groups: number): { readonly from: number; readonly to: number }[] {
  const end = (group: number): number => Math.floor((sequences * (group + 1)) / groups);
  return Array.from({ length: groups }, (_, group) => ({ from: group === 0 ? 0 : end(group - 1), to: end(group) }));
}

/**
 * Puts the m queries of a layer into [B, A, Q] and back. Free places read row 0 and are never read back.
 * @param ranks sequences in the order of their queries, with their places along B
 * @returns m
 */
function planQueries(
  layer: LayerShape,
  A: number,
  counts: Int32Array,
  ranks: ReadonlyMap<number, number>,
  int64: (name: string, data: BigInt64Array, dims: number[]) => void,
  group?: number,
): number {
  const B = ranks.size;
  let Q = 0;
  let m = 0;
  for (const b of ranks.keys()) {
    Q = Math.max(Q, counts[b]);
    m += counts[b];
  }
  const absorbed = layer.attention === 'absorbed';
  const queries = new Int64Writer(B * A * Q);
  const answers = new Int64Writer(m * A);
  let start = 0;
  for (const [b, rank] of ranks) {
    for (let h = 0; h < A; h++) {
      for (let q = 0; q < counts[b]; q++) {
        const row = absorbed ? h * m + start + q : (start + q) * A + h;
        const place = (rank * A + h) * Q + q;
        queries.set(place, row);
        answers.set(row, place);
      }
    }
    start += counts[b];
  }
  int64(PLAN.queries(layer.layer, group), queries.data, absorbed ? [B, A * Q] : [B, A, Q]);
  int64(PLAN.answers(layer.layer, group), answers.data, absorbed ? [A, m] : [m, A]);
  return m;
}
