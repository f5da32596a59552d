import { HasheeError } from '@hashee/core';
import { z } from 'zod';
import type { Report } from './report.js';

/** The version of the format that is written and read. */
export const REPORT_VERSION = 1;

const text = z.string().max(10_000);
const count = z.int().min(0);
const positive = z.number().positive();
const share = z.number().min(0);

const cost = z.object({
  sequences: count,
  tokens: count,
  meanExitLayer: share,
  macs: share,
  denseMacs: share,
  countedSpeedup: positive,
  layerSpeedup: positive,
  elueFlops: share.optional(),
});

const latency = z.object({
  batchSize: z.int().min(1),
  threads: z.int().min(1),
  sequencesPerSecond: positive,
  milliseconds: z.object({ p50: share, p90: share, p95: share, p99: share }),
  speedup: z
    .object({
      median: positive,
      low: positive.optional(),
      high: positive.optional(),
      level: z.number().gt(0).lt(1),
      pairs: z.int().min(1),
    })
    .optional(),
});

const memory = z.object({
  peakBytes: share.optional(),
  batchSize: count.optional(),
  largestBatch: count.optional(),
  limitBytes: share.optional(),
});

const row = z.object({
  method: text.min(1),
  task: text.min(1),
  split: z.enum(['train', 'dev', 'test']),
  seed: z.int(),
  setting: z.record(z.string(), z.union([text, z.number(), z.boolean()])),
  metrics: z.record(z.string(), z.number()),
  score: z.number(),
  cost,
  latency: z.array(latency).optional(),
  memory: memory.optional(),
});

const report = z.object({
  format: z.literal('hashee-report'),
  version: z.literal(REPORT_VERSION),
  title: text,
  date: z.iso.datetime(),
  command: text.optional(),
  machine: z.object({
    processor: text,
    cores: z.int().min(1),
    memoryBytes: share,
    platform: text,
    node: text,
    load: share,
  }),
  conditions: z.record(z.string(), z.json()),
  rows: z.array(row),
});

/**
 * Checks what should be a report: every size and number, and that settings and metrics are what they say. Fields that the
 * format doesn't know are dropped.
 * @param source where it came from, for the message
 * @throws HasheeError `INVALID_DATA` with the path of the first field that is wrong
 */
export function parseReport(value: unknown, source = 'The report'): Report {
  const version = isObject(value) && value['format'] === 'hashee-report' ? value['version'] : undefined;
  if (version !== undefined && version !== REPORT_VERSION)
    throw new HasheeError(
      'INVALID_DATA',
      `${source} has version ${JSON.stringify(version)} of the report format; this program reads version ${REPORT_VERSION}. ${
        Number(version) > REPORT_VERSION ? 'Update @hashee/eval.' : 'Make the report again.'
      }`,
      { fields: { expected: REPORT_VERSION, actual: version } },
    );
  const result = report.safeParse(value);
  if (result.success) return result.data as Report;
  const [{ path, message }] = result.error.issues;
  const where = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  throw new HasheeError(
    'INVALID_DATA',
    `${source} isn't a sound report: ${where.slice(1) || 'all of it'}: ${message}.`,
    {
      fields: { path: where.slice(1), problems: result.error.issues.length },
    },
  );
}

/** The format as JSON Schema (draft 2020-12), for programs in other languages. */
export function reportJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(report) as Record<string, unknown>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
