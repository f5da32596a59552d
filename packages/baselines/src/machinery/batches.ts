import { collate, HasheeError, type LabelledSequence, type TokenBatch } from '@hashee/core';

/** Batches of similar length, and the data set's index of each of their rows. */
export interface SortedBatches {
  readonly batches: readonly TokenBatch[];
  readonly rows: readonly (readonly number[])[];
}

/** @throws HasheeError `INVALID_ARGUMENT` */
export function sortedBatches(sequences: readonly LabelledSequence[], batchSize: number): SortedBatches {
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new HasheeError('INVALID_ARGUMENT', `batchSize must be an integer from 1, got ${batchSize}.`, {
      fields: { batchSize },
    });
  const lengthOf = (index: number): number => sequences[index].inputIds.length;
  const order = Array.from(sequences.keys()).sort((a, b) => lengthOf(a) - lengthOf(b) || a - b);
  const rows: number[][] = [];
  for (let from = 0; from < order.length; from += batchSize) rows.push(order.slice(from, from + batchSize));
  return { rows, batches: rows.map((chosen) => collate(chosen.map((row) => sequences[row]))) };
}
