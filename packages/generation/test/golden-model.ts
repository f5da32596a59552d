import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSequenceToSequence, type SequenceToSequence } from '@hashee/checkpoint';
import type { ExitTable } from '@hashee/core';

export const GOLDEN: string = join(import.meta.dirname, 'golden');

/** What tooling/golden wrote for a model; see its README. */
export interface GoldenGeneration {
  readonly texts: string[];
  readonly sources: number[][];
  readonly exitLayer: number[];
  readonly cases: {
    readonly name: string;
    readonly exits: boolean;
    readonly options: Readonly<Record<string, unknown>>;
    readonly tokenIds: number[][];
    readonly scores: number[] | null;
    readonly texts: string[];
  }[];
  readonly decoded: { readonly ids: number[]; readonly text: string }[];
}

export function readGolden(name: string): GoldenGeneration {
  return JSON.parse(readFileSync(join(GOLDEN, name, 'golden.json'), 'utf8')) as GoldenGeneration;
}

/** The golden model with its exit table. */
export async function goldenModel(name: string): Promise<SequenceToSequence & { readonly exitTable: ExitTable }> {
  const model = await loadSequenceToSequence(join(GOLDEN, name));
  const exitTable = {
    layers: model.config.encoder.layers,
    exitLayer: Uint8Array.from(readGolden(name).exitLayer),
    hash: { name: 'custom', parameters: {} },
    tokenizerFingerprint: model.tokenizer.fingerprint,
  };
  return { ...model, exitTable };
}
