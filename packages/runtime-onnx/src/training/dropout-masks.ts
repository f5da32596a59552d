import { Random } from '@hashee/core';

/** Distinct places in the pool where a mask may begin. */
const STARTS = 1 << 22;

/**
 * Dropout masks without generating numbers at every step: one seeded pool of independent entries, 0 with probability p and
 * 1/(1 - p) otherwise, and each mask is the stretch of it that begins at a place drawn for its step and site.
 * Entries within a mask are independent; masks of one step may share stretches of the pool at different shifts.
 */
export class DropoutMasks {
  readonly #seed: number;
  readonly #pools = new Map<number, { random: Random; values: Float32Array }>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** A view of `length` entries; don't write to it. The same arguments always give the same entries. */
  mask(probability: number, length: number, step: number, part: number, site: number): Float32Array {
    const start = Random.stream(this.#seed, 0x6d61736b, step, part, site).below(STARTS);
    return this.#pool(probability, start + length).subarray(start, start + length);
  }

  #pool(probability: number, length: number): Float32Array {
    let pool = this.#pools.get(probability);
    if (!pool) {
      pool = {
        random: Random.stream(this.#seed, 0x706f6f6c, Math.round(probability * 1e9)),
        values: new Float32Array(0),
      };
      this.#pools.set(probability, pool);
    }
    if (pool.values.length < length) {
      const values = new Float32Array(Math.max(length, STARTS, Math.ceil(pool.values.length * 1.25)));
      values.set(pool.values);
      const kept = 1 / (1 - probability);
      for (let i = pool.values.length; i < values.length; i++)
        values[i] = pool.random.uniform() < probability ? 0 : kept;
      pool.values = values;
    }
    return pool.values;
  }
}
