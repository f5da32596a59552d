import { runInFreshProcess } from '@hashee/eval';
import type { FreshStart } from '../report/report.js';
import type { OpenSettings, Row, WorkSlice } from '../rows/row.js';

/** What the process is told. */
export interface FreshOrder {
  readonly row: string;
  readonly settings: OpenSettings;
  readonly slice: WorkSlice;
}

/** What it answers: times, or why the row can't take part. */
export type FreshResult =
  | (Pick<FreshStart, 'loadMilliseconds' | 'firstMilliseconds'> & {
      readonly versions: Readonly<Record<string, string>>;
      /** Of another process that computes. */
      readonly peakMemoryBytes: number | undefined;
    })
  | { readonly refusal: string };

/**
 * Loads a row in a process of its own, lets it answer one batch, and says how long that took and how much memory.
 * @returns the reason where the row can't take part
 */
export async function measureFreshStart(
  row: Row,
  settings: OpenSettings,
  slice: WorkSlice,
  options: { readonly signal: AbortSignal; readonly execArgv?: readonly string[] | undefined },
): Promise<{ readonly start: FreshStart; readonly versions: Readonly<Record<string, string>> } | string> {
  const task = new URL(import.meta.url.endsWith('.ts') ? './fresh-task.ts' : './fresh-task.js', import.meta.url);
  const outcome = await runInFreshProcess<FreshOrder, FreshResult>(task, { row: row.name, settings, slice }, options);
  if (outcome.status !== 'done') return 'it ran out of memory';
  if ('refusal' in outcome.result) return outcome.result.refusal;
  const { versions, peakMemoryBytes = outcome.peakMemoryBytes, ...times } = outcome.result;
  return { start: { row: row.name, ...times, batchSize: settings.batchSize, peakMemoryBytes }, versions };
}
