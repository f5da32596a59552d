import type { DecoderConfig } from '@hashee/core';
import type { Feed } from '../encoder/plan.js';
import { DECODER } from './decoder-inputs.js';

/** Added to the scores of what must not be seen: far below any score, far from overflow. */
export const MASKED = -1e30;

/** Keys and values of the encoder's states for every decoder layer, `[B, A, S, D]` each; sources may leave. */
export class CrossCache {
  readonly #decoder: DecoderConfig;
  /** S */
  readonly #longest: number;
  readonly #tensors: Map<string, Float32Array>;
  /** Tokens of each source, in the order of the tensors. */
  lengths: number[];

  constructor(
    decoder: DecoderConfig,
    lengths: readonly number[],
    longest: number,
    tensors: Iterable<readonly [string, Float32Array]>,
  ) {
    this.#decoder = decoder;
    this.#longest = longest;
    this.#tensors = new Map(tensors);
    this.lengths = [...lengths];
  }

  /** Keeps the sources at these places, in this order. Where one source takes the place of another only that one is moved. */
  select(places: readonly number[]): void {
    const block = this.#decoder.heads * this.#longest * this.#decoder.headSize;
    const moves = places.flatMap((from, to) => (from === to ? [] : [{ from, to }]));
    const origins = new Set(moves.map(({ from }) => from));
    const inPlace = new Set(places).size === places.length && !moves.some(({ to }) => origins.has(to));
    for (const [name, data] of this.#tensors) {
      if (inPlace) {
        for (const { from, to } of moves) data.copyWithin(to * block, from * block, (from + 1) * block);
        continue;
      }
      const moved = new Float32Array(places.length * block);
      places.forEach((from, to) => {
        moved.set(data.subarray(from * block, (from + 1) * block), to * block);
      });
      this.#tensors.set(name, moved);
    }
    this.lengths = places.map((place) => this.lengths[place]);
  }

  feeds(): [string, Feed][] {
    const { heads: A, headSize: D } = this.#decoder;
    const B = this.lengths.length;
    const S = this.#longest;
    const mask = new Float32Array(B * S);
    this.lengths.forEach((length, b) => {
      mask.fill(MASKED, b * S + length, (b + 1) * S);
    });
    return [
      ...Array.from(this.#tensors, ([name, data]): [string, Feed] => [
        name,
        { type: 'float32', data: data.subarray(0, B * A * S * D), dims: [B, A, S, D] },
      ]),
      [DECODER.sourceMask, { type: 'float32', data: mask, dims: [B, 1, 1, S] }],
    ];
  }
}
