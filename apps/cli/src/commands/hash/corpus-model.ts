import { isSequenceToSequence } from '@hashee/checkpoint';
import { type EncoderConfig, type ExitTable, HasheeError, type Tokenizer, type WeightSource } from '@hashee/core';
import type { Context } from '../../context.js';
import type { DataOptions } from '../../data/data-options.js';
import type { CorpusReading } from '../../data/read-corpus.js';
import { resolveReading } from '../../data/read-options.js';
import { loadAnyModelFor, type ModelOptions } from '../../model/load-model.js';
import type { PairOptions } from '../../summarization/pair-options.js';
import { isSummarization, pairReading, SUMMARIZATION } from '../../summarization/read-pairs.js';
import { refuseClassifierOptions } from '../../summarization/refuse-classifier-options.js';

/** The encoder that a table is for, alone or with a decoder, and how its texts are read. */
export interface CorpusModel {
  readonly config: EncoderConfig;
  readonly tokenizer: Tokenizer;
  readonly weights: WeightSource;
  readonly exitTable: ExitTable | undefined;
  readonly reading: CorpusReading;
}

/** @throws HasheeError `INVALID_ARGUMENT` for options that would do nothing with this kind of model, and what loading throws */
export async function loadCorpusModel(
  options: ModelOptions & DataOptions & PairOptions,
  context: Context,
): Promise<CorpusModel> {
  const model = await loadAnyModelFor(options, context);
  const { tokenizer, weights, exitTable } = model;
  if (isSequenceToSequence(model)) {
    refuseClassifierOptions(options, {});
    await refuseClassifierTask(options.task);
    const { columns, ...reading } = await pairReading(options);
    const { source } = columns;
    return {
      config: model.config.encoder,
      ...{ tokenizer, weights, exitTable },
      reading: { ...reading, columns: typeof source === 'string' ? { source } : {} },
    };
  }
  if (options.sourceColumn !== undefined)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      '--source-column is for encoder-decoders, and this model is an encoder. --text-column names the column of its texts.',
      { fields: { flags: ['--source-column'] } },
    );
  const kind = model.heads.find(({ name }) => name === 'main')?.task;
  return { config: model.config, tokenizer, weights, exitTable, reading: await resolveReading(options, { kind }) };
}

async function refuseClassifierTask(task: string | undefined): Promise<void> {
  if (task === undefined || (await isSummarization(task))) return;
  const { tasks } = await import('@hashee/eval');
  const known = Object.values(tasks).flatMap(({ name, kind }) => (kind === 'generation' ? [name] : []));
  throw new HasheeError(
    'INVALID_ARGUMENT',
    `The model is an encoder-decoder, and --task ${task} has no sources and summaries. Tasks that have: ${[...known, SUMMARIZATION].join(', ')}.`,
    { fields: { task, known } },
  );
}
