import { decays } from '@hashee/core/backend';
import type { AdamWArrays } from './adamw.js';

/** Tensors begin at multiples of this many floats (64 bytes). */
const ALIGNMENT = 16;

interface Entry {
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
}

/** Floats that the four arrays take at most for tensors of these shapes. */
export function flatFloats(shapes: Iterable<readonly number[]>): number {
  let total = 0;
  for (const shape of shapes)
    total += Math.ceil(shape.reduce((product, size) => product * size, 1) / ALIGNMENT + 1) * ALIGNMENT;
  return 4 * total;
}

/**
 * Trained tensors in one flat array each for weights, gradients and the two moments, so that the optimizer is one loop and
 * ONNX Runtime reads and writes views. Tensors with weight decay come first.
 */
export class FlatParameters implements AdamWArrays {
  readonly weights: Float32Array;
  readonly gradients: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
  /** Entries below this have weight decay. */
  readonly decayEnd: number;
  readonly #entries = new Map<string, Entry>();

  /** @param allocate gives arrays of zeros */
  constructor(
    tensors: readonly (readonly [name: string, shape: readonly number[]])[],
    allocate: (length: number) => Float32Array,
  ) {
    let end = 0;
    const place = ([name, shape]: readonly [string, readonly number[]]): void => {
      const length = shape.reduce((product, size) => product * size, 1);
      this.#entries.set(name, { shape, offset: end, length });
      end += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    };
    tensors.filter(([name]) => decays(name)).forEach(place);
    this.decayEnd = end;
    tensors.filter(([name]) => !decays(name)).forEach(place);
    this.weights = allocate(end);
    this.gradients = allocate(end);
    this.m = allocate(end);
    this.v = allocate(end);
  }

  names(): string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  shape(name: string): readonly number[] {
    return this.#entry(name).shape;
  }

  /** The part of a flat array that belongs to a tensor. */
  view(array: Float32Array, name: string): Float32Array {
    const { offset, length } = this.#entry(name);
    return array.subarray(offset, offset + length);
  }

  #entry(name: string): Entry {
    return this.#entries.get(name)!;
  }
}
