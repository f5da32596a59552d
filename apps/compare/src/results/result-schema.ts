import { HasheeError } from '@hashee/core';
import { z } from 'zod';
import { type CellResult, type Comparison, RESULT_VERSION } from './cell-result.js';

const text = z.string().max(4000);
/** Names files, so it can't be a path. */
const name = z.string().regex(/^[A-Za-z0-9][\w-]*$/);
const count = z.int().min(0);
const share = z.number().min(0);
const positive = z.number().positive();
const metrics = z.record(z.string(), z.number());

const point = z.object({
  setting: z.number().nullable(),
  quality: z.number(),
  metrics,
  speedup: positive,
  meanExit: share,
});

const latency = z.object({
  batchSize: z.int().min(1),
  threads: z.int().min(1),
  sequencesPerSecond: positive,
  milliseconds: z.object({ p50: share, p90: share, p95: share, p99: share }),
  counted: positive.optional(),
  speedup: z
    .object({
      median: positive,
      low: positive.optional(),
      high: positive.optional(),
      level: z.number(),
      pairs: z.int().min(1),
    })
    .optional(),
});

const chosen = point.extend({
  target: positive,
  reached: z.boolean(),
  batched: z.object({ batchSize: z.int().min(1), sequences: count, seconds: share, speedup: positive }),
  single: z.object({ sequences: count, seconds: share, speedup: positive, quality: z.number() }),
  latency: z.array(latency).optional(),
});

const sentence = z.object({
  target: positive,
  tokens: z.array(text),
  layers: z.array(z.number().min(0).max(255)),
  label: text,
  answer: text,
});

const cellResult = z.object({
  format: z.literal('hashee-comparison-cell'),
  version: z.literal(RESULT_VERSION),
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
  task: name,
  method: name,
  title: text,
  family: z.enum(['dense', 'hash', 'exit', 'cascade', 'static']),
  source: text,
  seed: count,
  layers: z.int().min(1).max(255),
  knob: text.optional(),
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  data: z.object({ train: count, dev: count, devTokens: count }),
  recipe: z.record(z.string(), z.json()),
  parameters: z.record(z.string(), z.json()),
  stages: z.array(z.object({ name: text, seconds: share, updates: count, best: z.number().optional() })),
  curve: z.array(point),
  chosen: z.array(chosen),
  tokensByLayer: z.array(count).optional(),
  sentences: z.array(sentence).optional(),
  effort: share,
  seconds: share,
  date: z.iso.datetime(),
  machine: z.object({
    processor: text,
    cores: z.int().min(1),
    memoryBytes: share,
    platform: text,
    node: text,
    load: share,
  }),
});

const comparison = z.object({
  format: z.literal('hashee-comparison'),
  version: z.literal(RESULT_VERSION),
  title: text,
  date: z.iso.datetime(),
  grid: z.record(z.string(), z.json()),
  planned: z.array(text),
  cells: z.array(cellResult),
});

function checked(schema: z.ZodType, value: unknown, source: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw new HasheeError(
    'INVALID_DATA',
    `${source} isn't a sound result file: ${path.map(String).join('.') || 'all of it'}: ${message}. Delete it to make it anew.`,
    { fields: { path: path.map(String).join('.'), problems: result.error.issues.length } },
  );
}

/** @throws HasheeError `INVALID_DATA` */
export function parseCellResult(value: unknown, source: string): CellResult {
  return checked(cellResult, value, source) as CellResult;
}

/** @throws HasheeError `INVALID_DATA` */
export function parseComparison(value: unknown, source: string): Comparison {
  return checked(comparison, value, source) as Comparison;
}
