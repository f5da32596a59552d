import { findRow } from '../rows/rows.js';
import type { FreshOrder, FreshTimes } from './fresh-start.js';

/** The task of a fresh process: rows import what they need when they are opened. */
export default async function freshTask({ row, settings, slice }: FreshOrder): Promise<FreshTimes> {
  const started = performance.now();
  const open = await findRow(row).open(settings);
  const loaded = performance.now();
  await open.run(slice);
  const answered = performance.now();
  await open.dispose();
  return { loadMilliseconds: loaded - started, firstMilliseconds: answered - loaded };
}
