import { isSequenceToSequence } from '@hashee/checkpoint';
import type { EncoderConfig, ExitTable, Tokenizer, WeightSource } from '@hashee/core';
import type { Context } from '../../context.js';
import type { DataOptions } from '../../data/data-options.js';
import type { CorpusReading } from '../../data/read-corpus.js';
import { resolveReading } from '../../data/read-options.js';
import { loadAnyModelFor, type ModelOptions } from '../../model/load-model.js';
import type { PairOptions } from '../../summarization/pair-options.js';
import { pairColumns } from '../../summarization/read-pairs.js';

/** The encoder that a table is for, alone or with a decoder, and how its texts are read. */
export interface CorpusModel {
  readonly config: EncoderConfig;
  readonly tokenizer: Tokenizer;
  readonly weights: WeightSource;
  readonly exitTable: ExitTable | undefined;
  readonly reading: CorpusReading;
}

export async function loadCorpusModel(
  options: ModelOptions & DataOptions & PairOptions,
  context: Context,
): Promise<CorpusModel> {
  const model = await loadAnyModelFor(options, context);
  const { tokenizer, weights, exitTable } = model;
  if (isSequenceToSequence(model)) {
    const { source } = await pairColumns(options);
    const reading = { kind: 'generation', columns: source === undefined ? {} : { source } } as const;
    return { config: model.config.encoder, tokenizer, weights, exitTable, reading };
  }
  const kind = model.heads.find(({ name }) => name === 'main')?.task;
  return { config: model.config, tokenizer, weights, exitTable, reading: await resolveReading(options, { kind }) };
}
