import { HasheeError } from '@hashee/core';
import { describeTable, formatTableReport } from '@hashee/hash';
import { count, createProgress } from '@hashee/terminal';
import type { Context } from '../../context.js';
import type { DataOptions } from '../../data/data-options.js';
import { splitFile } from '../../data/load-split.js';
import { readCorpus } from '../../data/read-corpus.js';
import { streamSink } from '../../io/line-sink.js';
import type { ModelOptions } from '../../model/load-model.js';
import type { PairOptions } from '../../summarization/pair-options.js';
import { buildTable } from '../../table/build-table.js';
import type { HashOptions } from '../../table/hash-options.js';
import { hashProgress } from '../../table/hash-progress.js';
import { writeTableFile } from '../../table/table-file.js';
import { loadCorpusModel } from './corpus-model.js';

export interface HashBuildOptions extends ModelOptions, DataOptions, HashOptions, PairOptions {
  readonly dev?: string | undefined;
  readonly output?: string | undefined;
  readonly seed: number;
  readonly maxLength?: number | undefined;
  readonly json?: true | undefined;
}

export async function buildHash(
  corpus: string | undefined,
  options: HashBuildOptions,
  context: Context,
): Promise<void> {
  const { tokenizer, config, weights, reading } = await loadCorpusModel(options, context);
  const trainFile = await splitFile('train', corpus, options, context);
  const devFile =
    options.dev ??
    (corpus === undefined && options.task ? await splitFile('dev', undefined, options, context) : undefined);
  if (trainFile === '-' && (options.speedup !== undefined || options.meanExitLayer !== undefined))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      'Standard input can be read only once; a target needs a corpus in a file.',
    );
  const ofTask = corpus === undefined;
  const request = { tokenizer, maxLength: options.maxLength ?? config.maxLength, labelled: false };
  const labelled = options.hash === 'mutual-information';
  const progress = await createProgress(context.stderr, 'Reading', options.quiet);
  const onProgress = hashProgress(progress);
  try {
    const open = (file: string, own: boolean) => () =>
      readCorpus(file, reading, { ...request, labelled, ofTask: own }, context);
    const table = await buildTable(options, {
      config,
      tokenizer,
      weights,
      regression: reading.kind === 'regression',
      train: open(trainFile, ofTask),
      dev: devFile === undefined ? undefined : open(devFile, ofTask && options.dev === undefined),
      seed: options.seed,
      signal: context.signal,
      onProgress,
    });
    if (options.output !== undefined) await writeTableFile(options.output, table);
    const described =
      trainFile === '-' ? undefined : await readCorpus(trainFile, reading, { ...request, ofTask }, context);
    const report =
      described && (await describeTable(table, described, config, { tokenizer, signal: context.signal, onProgress }));
    progress.stop();
    const sink = streamSink(context.stdout, context.signal);
    if (options.json) await sink.line(JSON.stringify(report ?? { hash: table.hash }));
    else if (report) await sink.line(formatTableReport(report));
    if (!options.quiet && options.output !== undefined)
      context.stderr.write(
        `Wrote ${options.output}: ${count(table.exitLayer.length)} entries, ${table.layers} layers.\n`,
      );
  } finally {
    progress.stop();
  }
}
