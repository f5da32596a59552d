import type { Checkpoint } from '@hashee/core';
import { collate, HasheeError, throwIfAborted } from '@hashee/core';
import type { TrainContext } from '../method.js';
import { sortedBatches } from './batches.js';
import { labelLoss } from './losses.js';

const BATCH_SIZE = 32;

/**
 * Importance of every head of a fine-tuned model on (at most `limit` sequences of) the training set, `[L][A]` (Michel et
 * al. 2019): mean of |⟨context, dLoss/d context⟩| over the tokens that have a gradient, all of them but in the last layer,
 * where only first tokens do; each layer's scores divided by their L2 norm.
 * @throws HasheeError `UNSUPPORTED` for a runtime that can't tell
 */
export async function headImportance(
  { backend, trainSet, seed, signal }: TrainContext,
  model: Checkpoint,
  limit: number,
): Promise<number[][]> {
  const { config, heads } = model;
  const trainer = await backend.createTrainer?.(model, {
    seed,
    heads,
    losses: [labelLoss(heads[0])],
    exitTable: null,
    dropout: 0,
    trainable: [`heads.${heads[0].name}.`],
  });
  if (!trainer?.headImportance) {
    await trainer?.dispose();
    throw new HasheeError('UNSUPPORTED', `The runtime ${backend.name} can't tell how much an attention head matters.`, {
      fields: { backend: backend.name },
    });
  }
  try {
    const sums = config.heads.map((A) => new Float64Array(A));
    const chosen = trainSet.slice(0, limit);
    let tokens = 0;
    for (const rows of sortedBatches(chosen, BATCH_SIZE).rows) {
      throwIfAborted(signal, 'Weighing the attention heads');
      const part = rows.map((row) => chosen[row]);
      const labels = part.map(({ label }) => label as number);
      const typed = heads[0].task === 'regression' ? Float32Array.from(labels) : Int32Array.from(labels);
      const batch = collate(part.map(({ inputIds, tokenTypeIds }) => ({ inputIds, tokenTypeIds })));
      const importance = await trainer.headImportance(batch, { labels: typed });
      importance.forEach((values, index) => {
        // The loss is a mean over the batch; importance is a sum over sequences.
        for (let head = 0; head < values.length; head++) sums[index][head] += values[head] * part.length;
      });
      tokens += batch.inputIds.length;
    }
    return sums.map((values, index) => {
      const count = index + 1 === config.layers ? chosen.length : tokens;
      return normalised(Array.from(values, (value) => value / count));
    });
  } finally {
    await trainer.dispose();
  }
}

function normalised(values: readonly number[]): number[] {
  const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0)) + 1e-20;
  return values.map((value) => value / norm);
}

/** Which heads stay when a share of all of them goes, the least important first, `[L][A]`. */
export function keptHeads(importance: readonly (readonly number[])[], share: number): boolean[][] {
  const all = importance.flatMap((values, layer) => values.map((value, head) => ({ layer, head, value })));
  const gone = all.toSorted((a, b) => a.value - b.value).slice(0, Math.round(share * all.length));
  const keeps = importance.map((values) => values.map(() => true));
  for (const { layer, head } of gone) keeps[layer][head] = false;
  return keeps;
}
