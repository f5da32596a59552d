import { HasheeError } from '@hashee/core';
import { z } from 'zod';
import { RESULT_VERSION, STUDY_PARTS, type StudyCell } from './result.js';

const text = z.string().max(400);
const count = z.int().min(0);
const share = z.number().min(0).max(1);
const shares = z.array(share).max(255);
const layers = z.int().min(1).max(255);
const positive = z.number().positive();

const profile = z.object({ rows: count, rates: shares, allRight: share, allWrong: share, neverLost: share });

const human = z.object({
  train: count,
  dev: count,
  majority: z.object({ train: share, dev: share }),
  epochs: z.array(z.object({ epoch: count, loss: z.number(), train: share, dev: share })),
});

const bits = z.object({
  annotator: z
    .object({
      examples: count,
      epochs: count,
      accuracy: shares,
      entityF1: shares.optional(),
      outside: share.optional(),
    })
    .optional(),
  layers,
  examples: z.object({ train: count, dev: count, test: count }),
  train: profile,
  test: profile,
  predictors: z.array(
    z.object({
      name: text,
      title: text,
      layerAccuracy: shares,
      mean: share,
      wrongF1: share.nullable(),
      dev: share.optional(),
      history: shares.optional(),
      byLabel: z.object({ outside: share, entity: share }).optional(),
    }),
  ),
});

const outcome = z.object({ accuracy: share, meanExit: positive, speedup: positive });

const exits = z.object({
  layers,
  dev: count,
  test: count,
  methods: z.array(
    z.object({
      name: text,
      title: text,
      kind: z.enum(['oracle', 'fixed', 'predicted', 'learned', 'confidence', 'hash']),
      points: z.array(outcome.extend({ target: positive.nullable(), reached: z.boolean() })),
      curve: z.array(outcome).max(10_000),
    }),
  ),
  consistency: z.array(
    z.object({
      name: text,
      title: text,
      unit: z.enum(['sequence', 'token']),
      sameInstance: z.array(z.object({ epoch: z.number().min(0), share, shareAtEqualCost: share.optional() })),
      sameType: share,
    }),
  ),
});

const common = z.object({
  format: z.literal('hashee-difficulty'),
  version: z.literal(RESULT_VERSION),
  seed: count,
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  settings: z.record(z.string(), z.json()),
  seconds: z.number().min(0),
  date: z.iso.datetime(),
  machine: z.object({
    processor: text,
    cores: z.int().min(1),
    memoryBytes: z.number().min(0),
    platform: text,
    node: text,
    load: z.number().min(0),
  }),
});

const results = { human, sentence: bits, given: bits, token: bits, exits } as const;

const cell = z.discriminatedUnion(
  'part',
  STUDY_PARTS.map((part) => common.extend({ part: z.literal(part), result: results[part] })) as unknown as [
    z.ZodObject<{ part: z.ZodLiteral<'human'> }>,
  ],
);

/** @throws HasheeError `INVALID_DATA` */
export function parseStudyCell(value: unknown, source: string): StudyCell {
  const parsed = cell.safeParse(value);
  if (parsed.success) return parsed.data as unknown as StudyCell;
  const [{ path, message }] = parsed.error.issues;
  throw new HasheeError(
    'INVALID_DATA',
    `${source} isn't a sound result of the study: ${path.map(String).join('.') || 'all of it'}: ${message}. Delete it to make it anew.`,
    { fields: { path: path.map(String).join('.'), problems: parsed.error.issues.length } },
  );
}
