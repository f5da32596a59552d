import { HasheeError } from '@hashee/core';
import { findRow } from '../rows/rows.js';
import type { FreshOrder, FreshResult } from './fresh-start.js';

/** The task of a fresh process: rows import what they need when they are opened. */
export default async function freshTask({ row, settings, slice }: FreshOrder): Promise<FreshResult> {
  const started = performance.now();
  try {
    const open = await findRow(row).open(settings);
    const loaded = performance.now();
    const { peakMemoryBytes } = await open.run(slice);
    const answered = performance.now();
    await open.dispose();
    const { versions } = open;
    return { versions, loadMilliseconds: loaded - started, firstMilliseconds: answered - loaded, peakMemoryBytes };
  } catch (error) {
    if (HasheeError.isInstance(error, 'MISSING_DEPENDENCY') || HasheeError.isInstance(error, 'UNSUPPORTED'))
      return { refusal: error.message };
    throw error;
  }
}
