import { type ExitTable, HasheeError } from '@hashee/core';
import { loadSplit } from '@hashee/eval';
import { frequencyHash } from '@hashee/hash';
import type { PreparedModel } from './prepare-model.js';
import type { BenchTask } from './task-texts.js';

/** The task whose text the default model's own table was made from. */
const DEFAULT_TASK: BenchTask = 'sst-2';

/**
 * The exit table for a task's texts: the model's own where it was made for them, else the frequency hash over the task's
 * training set with as many buckets as layers.
 */
export async function taskTable(
  { name, model }: PreparedModel,
  task: BenchTask,
  directory: string | undefined,
  signal: AbortSignal,
): Promise<ExitTable> {
  if (model.exitTable && (name !== 'default' || task === DEFAULT_TASK)) return model.exitTable;
  const { config, tokenizer } = model;
  const { examples } = await loadSplit(task, 'train', { directory, signal });
  const train = (function* () {
    for (const { text } of examples) yield tokenizer.encode(text, { maxLength: config.maxLength });
  })();
  const table = await frequencyHash({ layers: config.layers, buckets: config.layers, tokenizer, train, signal });
  if (table.exitLayer.length === config.vocabSize) return table;
  throw new HasheeError('TABLE_MISMATCH', 'The tokenizer has another vocabulary than the model.', {
    fields: { tokenizer: tokenizer.vocabSize, model: config.vocabSize },
  });
}
