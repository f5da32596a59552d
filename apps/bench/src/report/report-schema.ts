import { HasheeError } from '@hashee/core';
import { z } from 'zod';
import type { PeersReport } from './report.js';

/** The version of the format that is written and read. */
export const PEERS_VERSION = 1;

const text = z.string().max(10_000);
const positive = z.number().positive();
const share = z.number().min(0);
const count = z.int().min(1);

const speedup = z.object({
  median: positive,
  low: positive.optional(),
  high: positive.optional(),
  level: z.number().gt(0).lt(1),
  pairs: count,
});

const rowResult = z.object({
  row: text.min(1),
  sequencesPerSecond: positive,
  median: positive,
  minimum: positive,
  busyThreads: share,
  rounds: z.array(positive).min(1),
  overDense: z.object({ fp32: speedup.optional(), same: speedup.optional() }),
  counted: positive.optional(),
  answers: z.object({ equal: share.max(1), scoreDifference: share.max(1) }),
});

const skipped = z.array(z.object({ row: text, reason: text }));

const cell = z.object({
  threads: count,
  workers: count.optional(),
  batchSize: count,
  order: z.enum(['sorted', 'unsorted']),
  sequences: count,
  meanTokens: positive,
  longestTokens: count,
  meanExitLayer: positive,
  exitLayerSpeedup: positive,
  turns: count,
  bestDense: z.object({ fp32: text.optional(), q8: text.optional() }),
  rows: z.array(rowResult).min(1),
  skipped,
});

const report = z.object({
  format: z.literal('hashee-peers'),
  version: z.literal(PEERS_VERSION),
  date: z.iso.datetime(),
  command: text,
  part: z.enum(['texts', 'tokens']),
  model: z.object({
    name: text,
    layers: count,
    hiddenSize: count,
    vocabulary: count,
    hash: z.object({ name: text, parameters: z.record(z.string(), z.json()) }),
  }),
  task: text,
  rounds: count,
  warmup: z.int().min(0),
  machine: z.object({
    processor: text,
    cores: count,
    memoryBytes: share,
    platform: text,
    node: text,
    load: share,
  }),
  versions: z.record(z.string(), text),
  sessionOptions: z.record(z.string(), z.json()),
  rows: z.array(
    z.object({
      name: text.min(1),
      computes: z.enum(['dense', 'exits']),
      dtype: z.enum(['fp32', 'q8']),
      lastLayer: z.enum(['all', 'read']),
      about: text,
    }),
  ),
  cells: z.array(cell),
  fresh: z.array(
    z.object({
      row: text,
      loadMilliseconds: positive,
      firstMilliseconds: positive,
      batchSize: count,
      peakMemoryBytes: positive,
    }),
  ),
  freshSkipped: skipped.default([]),
});

/**
 * Checks what should be a report. Fields that the format doesn't know are dropped.
 * @param source where it came from, for the message
 * @throws HasheeError `INVALID_DATA` with the path of the first field that is wrong
 */
export function parsePeersReport(value: unknown, source = 'The report'): PeersReport {
  const result = report.safeParse(value);
  if (result.success) return result.data as PeersReport;
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
