import { stat } from 'node:fs/promises';
import { type ExitTable, HasheeError } from '@hashee/core';
import { describeTable, formatTableReport } from '@hashee/hash';
import { createProgress } from '@hashee/terminal';
import type { Context } from '../../context.js';
import type { DataOptions } from '../../data/data-options.js';
import { splitFile } from '../../data/load-split.js';
import { readCorpus } from '../../data/read-corpus.js';
import { streamSink } from '../../io/line-sink.js';
import type { ModelOptions } from '../../model/load-model.js';
import type { PairOptions } from '../../summarization/pair-options.js';
import { assertTableOfTokenizer } from '../../table/assert-table-of-tokenizer.js';
import { hashProgress } from '../../table/hash-progress.js';
import { readTableFile } from '../../table/table-file.js';
import { type CorpusModel, loadCorpusModel } from './corpus-model.js';

export interface HashInspectOptions extends ModelOptions, DataOptions, PairOptions {
  readonly maxLength?: number | undefined;
  readonly json?: true | undefined;
}

export async function inspectHash(
  source: string,
  corpus: string | undefined,
  options: HashInspectOptions,
  context: Context,
): Promise<void> {
  const { table, model } = await openTable(source, options, context);
  const file = await splitFile('dev', corpus, options, context);
  const { tokenizer, config, reading } = model;
  const progress = await createProgress(context.stderr, 'Reading', options.quiet);
  try {
    const request = {
      tokenizer,
      maxLength: options.maxLength ?? config.maxLength,
      labelled: false,
      ofTask: corpus === undefined,
    };
    const texts = await readCorpus(file, reading, request, context);
    const report = await describeTable(table, texts, config, {
      tokenizer,
      signal: context.signal,
      onProgress: hashProgress(progress),
    });
    progress.stop();
    const text = options.json ? JSON.stringify(report) : formatTableReport(report);
    await streamSink(context.stdout, context.signal).line(text);
  } finally {
    progress.stop();
  }
}

async function openTable(
  source: string,
  options: HashInspectOptions,
  context: Context,
): Promise<{ readonly table: ExitTable; readonly model: CorpusModel }> {
  const isFile = await stat(source).then(
    (stats) => stats.isFile(),
    () => false,
  );
  if (isFile) {
    const table = await readTableFile(source);
    if (options.model === undefined)
      throw new HasheeError('INVALID_ARGUMENT', 'A table file needs --model <folder>: the model that it is for.');
    const model = await loadCorpusModel(options, context);
    assertTableOfTokenizer(table, model.tokenizer, source);
    return { table, model };
  }
  if (options.model !== undefined)
    throw new HasheeError('NOT_FOUND', `There is no table file ${source}.`, { fields: { path: source } });
  const model = await loadCorpusModel({ ...options, model: source }, context);
  if (!model.exitTable)
    throw new HasheeError('NOT_FOUND', `The model ${source} has no exit table: all tokens run all layers.`, {
      fields: { path: source },
    });
  return { table: model.exitTable, model };
}
