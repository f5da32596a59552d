import { describeMachine } from '../src/index.js';
import type { Report, ReportRow } from '../src/report/index.js';

/** A row with plausible costs; times, layers and multiply-accumulates follow from the speed-up. */
export function reportRow(
  row: Pick<ReportRow, 'method' | 'seed' | 'score'> & Partial<ReportRow> & { readonly speedup: number },
): ReportRow {
  const { speedup, ...rest } = row;
  return {
    task: 'sst-2',
    split: 'dev',
    setting: { speedup },
    metrics: { accuracy: row.score },
    cost: {
      ...{ sequences: 100, tokens: 2500, meanExitLayer: 6 / (1.2 * speedup), macs: 1e9 / speedup, denseMacs: 1e9 },
      ...{ countedSpeedup: speedup, layerSpeedup: 1.2 * speedup },
    },
    ...rest,
  };
}

export function report(rows: readonly ReportRow[]): Report {
  return {
    ...{ format: 'hashee-report', version: 1, title: 'A comparison', date: '2026-01-02T03:04:05.000Z' },
    command: 'hashee compare grid.json',
    machine: describeMachine(),
    conditions: { runtime: { name: 'onnxruntime-node', threads: [1, 2] }, encoder: 'MiniLM' },
    rows,
  };
}

/** Two methods, two seeds, settings by speed-up. */
export const rows: readonly ReportRow[] = (['dev', 'test'] as const).flatMap((split) =>
  [1, 2].flatMap((seed) => [
    reportRow({ method: 'hashee', seed, split, speedup: 2.1, score: split === 'dev' ? 0.9 : 0.88 + seed / 100 }),
    reportRow({ method: 'hashee', seed, split, speedup: 3.2, score: split === 'dev' ? 0.87 : 0.86 }),
    reportRow({ method: 'deebert', seed, split, speedup: 2.0, score: split === 'dev' ? 0.85 : 0.99 }),
    reportRow({ method: 'deebert', seed, split, speedup: 2.5 + seed / 10, score: split === 'dev' ? 0.86 : 0.82 }),
  ]),
);
