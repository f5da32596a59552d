import { readStoredJson, writeWhole } from '@hashee/eval/files';
import { z } from 'zod';
import { type BitSet, bitsOf } from '../bits/bit-set.js';
import type { Prediction } from '../predictors/bit-predictor.js';

const stored = z.object({
  dev: z.array(z.number()),
  test: z.array(z.number()),
  history: z.array(z.number()).optional(),
});

/** @returns `undefined` where there is none that fits the bits, so that it is made anew. @throws HasheeError `IO` */
export async function readPrediction(
  path: string,
  split: { readonly dev: BitSet; readonly test: BitSet },
): Promise<Prediction | undefined> {
  const { data } = stored.safeParse(await readStoredJson(path));
  const fits = (values: readonly number[], set: BitSet): boolean => values.length === bitsOf(set).values.length;
  if (!data || !fits(data.dev, split.dev) || !fits(data.test, split.test)) return undefined;
  return { dev: Float32Array.from(data.dev), test: Float32Array.from(data.test), history: data.history };
}

/** @throws HasheeError `IO` */
export async function writePrediction(path: string, { dev, test, history }: Prediction): Promise<void> {
  await writeWhole(path, JSON.stringify({ dev: [...dev], test: [...test], history }));
}
