import { collate, type EncodedText, type TextInput } from '@hashee/core';
import { dealSlices } from '@hashee/eval';
import type { Setting, WorkBatch, WorkSlice } from '../rows/row.js';

/** `sorted`: batches of texts of like length, as a careful caller makes them. `unsorted`: as the texts come. */
export const ORDERS = ['sorted', 'unsorted'] as const;
export type TextOrder = (typeof ORDERS)[number];

export interface WorkOptions {
  readonly batchSize: number;
  readonly order: TextOrder;
  /** About so many texts a round, in whole batches. */
  readonly limit: number;
  readonly setting: Setting;
}

/** A turn has at least so many texts, and so many batches... */
const TURN_TEXTS = 32;
const TURN_BATCHES = 2;
/** ...as they come, enough for a caller who sorts what it gets... */
const UNSORTED_BATCHES = 4;
/** ...and for each worker, so that none waits long for the last. */
const WORKER_BATCHES = 4;

/**
 * Cuts texts into batches and these into turns. Where there are more than `limit`, batches are left out evenly, so that those that
 * stay have the lengths, and the padding, of the whole.
 */
export function planWork(
  texts: readonly TextInput[],
  encoded: readonly EncodedText[],
  { batchSize, order, limit, setting }: WorkOptions,
): WorkSlice[] {
  const positions = [...texts.keys()];
  if (order === 'sorted') positions.sort((a, b) => encoded[b].inputIds.length - encoded[a].inputIds.length || a - b);
  const all = Array.from({ length: Math.floor(positions.length / batchSize) || 1 }, (_, i) =>
    positions.slice(i * batchSize, (i + 1) * batchSize),
  );
  const perTurn = Math.max(
    Math.ceil(TURN_TEXTS / batchSize),
    order === 'unsorted' ? UNSORTED_BATCHES : TURN_BATCHES,
    WORKER_BATCHES * (setting.workers ?? 0),
  );
  const count = Math.min(all.length, Math.max(perTurn, Math.round(limit / batchSize)));
  const batches = Array.from({ length: count }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / count)]).map(
    (rows): WorkBatch => ({
      texts: rows.map((row) => texts[row]),
      tokens: collate(rows.map((row) => encoded[row])),
    }),
  );
  return dealSlices(batches, Math.max(1, Math.floor(count / perTurn))).map((each) => ({ batches: each }));
}
