import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TokenBatch } from '@hashee/core';

export const GOLDEN: string = join(import.meta.dirname, 'golden');

interface GoldenBatch {
  readonly inputIds: number[];
  readonly tokenTypeIds: number[];
  readonly offsets: number[];
}

/** What tooling/golden wrote for a family; see its README. */
export interface GoldenFile {
  readonly batch: GoldenBatch;
  readonly layers: number;
  readonly hidden: number[][];
  readonly logits: number[];
  readonly labels: number[];
  readonly loss: number;
}

export function readGolden<T = GoldenFile>(family: string, file = 'golden'): T {
  return JSON.parse(readFileSync(join(GOLDEN, family, `${file}.json`), 'utf8')) as T;
}

export function goldenBatch(batch: GoldenBatch, exitLayers?: readonly number[]): TokenBatch {
  return {
    inputIds: Int32Array.from(batch.inputIds),
    tokenTypeIds: Uint8Array.from(batch.tokenTypeIds),
    offsets: Int32Array.from(batch.offsets),
    ...(exitLayers ? { exitLayers: Uint8Array.from(exitLayers) } : {}),
  };
}

/** Largest absolute difference. */
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < actual.length; i++) largest = Math.max(largest, Math.abs(actual[i] - expected[i]));
  return Number.isNaN(largest) ? Number.POSITIVE_INFINITY : largest;
}
