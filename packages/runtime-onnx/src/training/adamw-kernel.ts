import type { AdamWArrays, AdamWStep } from './adamw.js';
import { adamwBase64 } from './kernels/adamw.wasm.js';

/** Floats of each array that are worked on at once where the arrays lie outside: four arrays of 64 KiB fit the second-level cache. */
const BLOCK = 16384;
const PAGE = 65536;
/** WebAssembly addresses 4 GiB; the rest is left for the blocks. */
const MOST_BYTES = 4 * 2 ** 30 - 64 * PAGE;
/** The kernels take four values at once. */
const LANES = 4;

interface Exports {
  readonly update: (
    weightsAt: number,
    gradientsAt: number,
    mAt: number,
    vAt: number,
    bytes: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    epsilon: number,
    gradientScale: number,
    keep: number,
    rate: number,
    correction: number,
  ) => void;
  readonly squaredNorm: (at: number, bytes: number) => number;
}

/**
 * AdamW by WebAssembly's vector instructions. Arrays that `allocate` gave are updated where they lie; others, and what doesn't
 * fit into WebAssembly's memory, go through it block by block.
 */
export class AdamWKernel {
  readonly #exports: Exports;
  readonly #block: Float32Array;
  readonly #memory: ArrayBufferLike;
  #end: number = 4 * BLOCK * 4;

  /** @param floats that `allocate` will be asked for, in all */
  constructor(floats = 0) {
    const memory = reserve(4 * BLOCK * 4 + 4 * floats);
    const bytes = Uint8Array.from(atob(adamwBase64), (character) => character.charCodeAt(0));
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { hashee: { memory } });
    this.#exports = instance.exports as unknown as Exports;
    this.#memory = memory.buffer;
    this.#block = new Float32Array(this.#memory, 0, 4 * BLOCK);
  }

  /** Zeros; in WebAssembly's memory as long as there is room. */
  allocate(length: number): Float32Array {
    const begin = Math.ceil(this.#end / 64) * 64;
    if (begin + 4 * length > this.#memory.byteLength) return new Float32Array(length);
    this.#end = begin + 4 * length;
    return new Float32Array(this.#memory, begin, length);
  }

  /** Updates entries from..to-1 in place. */
  apply(arrays: AdamWArrays, from: number, to: number, step: AdamWStep): void {
    const { weights, gradients, m, v } = arrays;
    if ([weights, gradients, m, v].every((array) => this.#isInside(array, from, to))) {
      const at = ({ byteOffset }: Float32Array): number => byteOffset + 4 * from;
      this.#update([at(weights), at(gradients), at(m), at(v)], to - from, step);
      return;
    }
    for (let begin = from; begin < to; begin += BLOCK) {
      const end = Math.min(to, begin + BLOCK);
      this.#block.set(gradients.subarray(begin, end), BLOCK);
      this.#load(arrays, begin, end);
      this.#updateBlock(end - begin, step);
      this.#store(arrays, begin, end);
    }
  }

  /** The given updates one after another with a zero gradient, on entries from..to-1. */
  fade(arrays: Omit<AdamWArrays, 'gradients'>, from: number, to: number, steps: readonly AdamWStep[]): void {
    for (let begin = from; begin < to; begin += BLOCK) {
      const end = Math.min(to, begin + BLOCK);
      this.#block.fill(0, BLOCK, BLOCK + end - begin);
      this.#load(arrays, begin, end);
      for (const step of steps) this.#updateBlock(end - begin, step);
      this.#store(arrays, begin, end);
    }
  }

  /** Sum of squares of entries from..to-1, added up in float64. */
  squaredNorm(values: Float32Array, from: number, to: number): number {
    if (this.#isInside(values, from, to))
      return this.#exports.squaredNorm((values.byteOffset + 4 * from) | 0, (4 * (to - from)) | 0);
    let sum = 0;
    for (let begin = from; begin < to; begin += BLOCK) {
      const end = Math.min(to, begin + BLOCK);
      this.#block.set(values.subarray(begin, end));
      this.#block.fill(0, end - begin, end - begin + LANES);
      sum += this.#exports.squaredNorm(0, 4 * (end - begin));
    }
    return sum;
  }

  #isInside(array: Float32Array, from: number, to: number): boolean {
    return array.buffer === this.#memory && from % LANES === 0 && to % LANES === 0;
  }

  #load({ weights, m, v }: Omit<AdamWArrays, 'gradients'>, begin: number, end: number): void {
    this.#block.set(weights.subarray(begin, end));
    this.#block.set(m.subarray(begin, end), 2 * BLOCK);
    this.#block.set(v.subarray(begin, end), 3 * BLOCK);
  }

  #store({ weights, m, v }: Omit<AdamWArrays, 'gradients'>, begin: number, end: number): void {
    const length = end - begin;
    weights.set(this.#block.subarray(0, length), begin);
    m.set(this.#block.subarray(2 * BLOCK, 2 * BLOCK + length), begin);
    v.set(this.#block.subarray(3 * BLOCK, 3 * BLOCK + length), begin);
  }

  #updateBlock(length: number, step: AdamWStep): void {
    this.#update([0, 4 * BLOCK, 8 * BLOCK, 12 * BLOCK], Math.ceil(length / LANES) * LANES, step);
  }

  /** Addresses above 2 GiB reach WebAssembly's unsigned 32-bit integers as negative ones. */
  #update([w, g, m, v]: readonly [number, number, number, number], length: number, step: AdamWStep): void {
    const { beta1, beta2, epsilon, gradientScale, keep, rate, correction } = step;
    this.#exports.update(
      w | 0,
      g | 0,
      m | 0,
      v | 0,
      (4 * length) | 0,
      beta1,
      1 - beta1,
      beta2,
      1 - beta2,
      epsilon,
      gradientScale,
      keep,
      rate,
      correction,
    );
  }
}

/** As much as is asked for, or as WebAssembly and the system give; at least the blocks. */
function reserve(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(Math.min(bytes, MOST_BYTES) / PAGE) + 1;
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch {
    return new WebAssembly.Memory({ initial: (16 * BLOCK) / PAGE, maximum: (16 * BLOCK) / PAGE });
  }
}
