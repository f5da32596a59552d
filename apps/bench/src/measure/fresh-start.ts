import { runInFreshProcess } from '@hashee/eval';
import type { FreshStart } from '../report/report.js';
import type { OpenSettings, Row, WorkSlice } from '../rows/row.js';

/** What the process is told. */
export interface FreshOrder {
  readonly row: string;
  readonly settings: OpenSettings;
  readonly slice: WorkSlice;
}

export type FreshTimes = Pick<FreshStart, 'loadMilliseconds' | 'firstMilliseconds'>;

/** Loads a row in a process of its own, lets it answer one batch, and says how long that took and how much memory. */
export async function measureFreshStart(
  row: Row,
  settings: OpenSettings,
  slice: WorkSlice,
  options: { readonly signal: AbortSignal; readonly execArgv?: readonly string[] | undefined },
): Promise<FreshStart | undefined> {
  const task = new URL(import.meta.url.endsWith('.ts') ? './fresh-task.ts' : './fresh-task.js', import.meta.url);
  const outcome = await runInFreshProcess<FreshOrder, FreshTimes>(task, { row: row.name, settings, slice }, options);
  if (outcome.status !== 'done') return undefined;
  const { peakMemoryBytes, result } = outcome;
  return { row: row.name, ...result, batchSize: settings.batchSize, peakMemoryBytes };
}
