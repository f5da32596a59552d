import type { TokenBatch } from '@hashee/core';
import { QueryPlan } from './query-plan.js';

/**
 * The tokens of a batch in the order in which they are computed: by exit layer, latest first, so that the active tokens of
 * every layer are the first rows. "Place" is a token's row in that order.
 */
export class BatchPlan {
  readonly tokens: number;
  readonly sequences: number;
  /** S */
  readonly longest: number;
  /** The token at each place, `[T]`. */
  readonly order: Int32Array;
  /** The place of each token, `[T]`. */
  readonly place: Int32Array;
  /** Whether places are simply the batch's own order. */
  readonly inOrder: boolean;
  /** Whether the sequences differ in length. */
  readonly isPadded: boolean;
  #paddedPlaces: Int32Array | undefined;
  #mask: Float32Array | undefined;

  constructor(
    readonly batch: TokenBatch,
    readonly exitLayers: Uint8Array,
  ) {
    const { offsets } = batch;
    this.tokens = batch.inputIds.length;
    this.sequences = offsets.length - 1;
    let longest = 0;
    for (let b = 0; b < this.sequences; b++) longest = Math.max(longest, offsets[b + 1] - offsets[b]);
    this.longest = longest;
    this.isPadded = longest * this.sequences !== this.tokens;

    const later = new Int32Array(257);
    for (const exit of exitLayers) later[exit]++;
    for (let exit = 255; exit >= 0; exit--) later[exit] += later[exit + 1];
    this.order = new Int32Array(this.tokens);
    this.place = new Int32Array(this.tokens);
    const next = later.slice(1);
    for (let t = 0; t < this.tokens; t++) {
      const place = next[exitLayers[t]]++;
      this.order[place] = t;
      this.place[t] = place;
    }
    this.inOrder = this.order.every((token, place) => token === place);
  }

  /** Tokens whose exit is at this layer or later. */
  active(layer: number): number {
    let count = 0;
    for (const exit of this.exitLayers) if (exit >= layer) count++;
    return count;
  }

  /** Places of the first tokens, `[B]`. */
  firstPlaces(): Int32Array {
    return Int32Array.from({ length: this.sequences }, (_, b) => this.place[this.batch.offsets[b]]);
  }

  /** Row of each `[B, S]` entry; padding reads the first token of its sequence. */
  paddedPlaces(): Int32Array {
    if (this.#paddedPlaces) return this.#paddedPlaces;
    const places = new Int32Array(this.sequences * this.longest);
    this.#eachPadded((entry, token) => {
      places[entry] = this.place[token];
    });
    this.#paddedPlaces = places;
    return places;
  }

  /** Row of each `[B, A, S]` entry among `[T·A]` rows of D; padding reads the first token of its sequence. */
  keyPlaces(A: number): Int32Array {
    const S = this.longest;
    const places = new Int32Array(this.sequences * A * S);
    this.#eachPadded((entry, token) => {
      const b = Math.floor(entry / S);
      const s = entry - b * S;
      for (let h = 0; h < A; h++) places[(b * A + h) * S + s] = this.place[token] * A + h;
    });
    return places;
  }

  /** What is added to scores: 0, and far below any score at padding; `[B, S]`. */
  mask(): Float32Array {
    if (this.#mask) return this.#mask;
    const { offsets } = this.batch;
    const mask = new Float32Array(this.sequences * this.longest);
    for (let b = 0; b < this.sequences; b++)
      mask.fill(-1e30, b * this.longest + offsets[b + 1] - offsets[b], (b + 1) * this.longest);
    this.#mask = mask;
    return mask;
  }

  /** The queries of a layer: the first rows in its order, or one a sequence. */
  queries(active: number | 'first'): QueryPlan {
    const { offsets } = this.batch;
    const perSequence = new Int32Array(this.sequences);
    const sequence: number[] = [];
    const within: number[] = [];
    if (active === 'first') {
      for (let b = 0; b < this.sequences; b++) {
        sequence.push(b);
        within.push(0);
        perSequence[b] = 1;
      }
      return new QueryPlan(perSequence, sequence, within);
    }
    const sequenceOf = new Int32Array(this.tokens);
    for (let b = 0; b < this.sequences; b++) sequenceOf.fill(b, offsets[b], offsets[b + 1]);
    for (let place = 0; place < active; place++) {
      const b = sequenceOf[this.order[place]];
      sequence.push(b);
      within.push(perSequence[b]++);
    }
    return new QueryPlan(perSequence, sequence, within);
  }

  #eachPadded(visit: (entry: number, token: number) => void): void {
    const { offsets } = this.batch;
    for (let b = 0; b < this.sequences; b++)
      for (let s = 0; s < this.longest; s++)
        visit(b * this.longest + s, s < offsets[b + 1] - offsets[b] ? offsets[b] + s : offsets[b]);
  }
}
