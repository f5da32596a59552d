import { HasheeError } from '@hashee/core';
import { z } from 'zod';
import type { StudySettings } from './settings.js';

const count = z.int().min(1).max(10_000_000);
const epochs = z.int().min(1).max(1000);

const batchSize = z.int().min(1).max(65_536);

const settings: z.ZodType<StudySettings> = z.strictObject({
  batchSize,
  learningRate: z.number().positive().max(1),
  maxLength: z.int().min(5).max(1_048_576),
  human: z.strictObject({ epochs }),
  sentence: z.strictObject({
    ...{ train: count, select: count, epochs, batchSize, annotated: count },
    ...{ predictorTrain: count, predictorDev: count, predictorEpochs: epochs },
  }),
  given: z.strictObject({ train: count, dev: count, epochs, batchSize }),
  token: z.strictObject({
    train: count,
    epochs,
    batchSize,
    predictorTrain: count,
    predictorDev: count,
    predictorEpochs: epochs,
  }),
  words: z.strictObject({ epochs, units: z.int().min(1).max(4096) }),
  exits: z.strictObject({
    targets: z.array(z.number().min(1).max(100)).min(1).max(10),
    hashes: z
      .array(z.strictObject({ hash: z.enum(['frequency', 'random-inconsistent']), target: z.number().min(1).max(100) }))
      .max(20),
    probed: count,
  }),
});

/**
 * Settings from a JSON file; each field is needed, others are refused.
 * @param source names the text in errors
 * @throws HasheeError `INVALID_DATA`
 */
export function parseSettings(text: string, source: string): StudySettings {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HasheeError('INVALID_DATA', `${source} isn't JSON.`, { fields: { source }, cause });
  }
  const parsed = settings.safeParse(value);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  throw new HasheeError(
    'INVALID_DATA',
    `${source} doesn't say how the study should be made: ${path.map(String).join('.') || 'all of it'}: ${message}.`,
    { fields: { source, path: path.map(String).join('.') } },
  );
}
