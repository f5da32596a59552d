import { basename } from 'node:path';
import { assertCopyable } from '@hashee/checkpoint';
import { type ExitTable, HasheeError } from '@hashee/core';
import { plural } from '@hashee/terminal';
import { copyingExamples } from '@hashee/train';
import type { Context } from '../../../context.js';
import { splitFile } from '../../../data/load-split.js';
import { loadAnyModelFor } from '../../../model/load-model.js';
import { type EncodedPairs, encodePairs } from '../../../summarization/encode-pairs.js';
import { givenFlags } from '../../../summarization/given-flags.js';
import type { RougeWords } from '../../../summarization/pair-options.js';
import { type Pair, readPairs, SUMMARIZATION } from '../../../summarization/read-pairs.js';
import { refuseClassifierOptions } from '../../../summarization/refuse-classifier-options.js';
import { rougeWords } from '../../../summarization/rouge.js';
import { chooseTable } from '../choose-table.js';
import type { TrainCommandOptions } from '../train.js';
import { type BaseModel, baseModel } from './base-model.js';

/** All that a run needs before its first step. */
export interface SummarizationPreparation {
  readonly model: BaseModel;
  /** Of the encoder. Absent: all layers for all tokens. */
  readonly table: ExitTable | undefined;
  readonly trainSet: EncodedPairs;
  /** Absent: the last weights are the result. */
  readonly devPairs: readonly Pair[] | undefined;
  readonly words: RougeWords;
  readonly maxSource: number;
  /** Of an output, the token that ends it included. */
  readonly maxTarget: number;
  /** Name of the task, or of the training file. */
  readonly dataset: string;
}

const MAX_TARGET = 128;

export async function prepareSummarization(
  options: TrainCommandOptions,
  context: Context,
): Promise<SummarizationPreparation> {
  refuseOthers(options);
  const known = options.task === undefined || options.task === SUMMARIZATION ? undefined : options.task;
  const files = { ...options, task: known };
  const trainFile = await splitFile('train', options.train, files, context);
  const copying = options.copying !== undefined;
  const devFile =
    options.dev ?? (known === undefined || copying ? undefined : await splitFile('dev', undefined, files, context));
  const model = await baseModel(await loadAnyModelFor(options, context), options);
  await assertCopyable(model.directory);
  const { config, tokenizer } = model;
  const trainPairs = await readPairs(trainFile, options, context, { sourcesOnly: copying });
  const devPairs = devFile === undefined ? undefined : await readPairs(devFile, options, context);
  const { tasks } = await import('@hashee/eval');
  const ofTask = Object.values(tasks).find(({ name }) => name === known)?.maxLength;
  const { maxLength: longest } = config.encoder;
  const maxSource = Math.min(options.maxLength ?? ofTask ?? longest, longest);
  const maxTarget = Math.min(options.maxTarget ?? MAX_TARGET, config.decoder.maxLength - 1);
  const pairs = encodePairs(trainPairs, tokenizer, config, { maxSource, maxTarget });
  const trainSet =
    options.copying === undefined ? pairs : spansToCopy(pairs, options.copying, options.seed, config.decoder.maxLength);
  const devSet = devPairs && encodePairs(devPairs, tokenizer, config, { maxSource, maxTarget });
  if (!options.quiet) {
    const cut = trainSet.truncated + (devSet?.truncated ?? 0);
    const parts = [
      plural(trainPairs.length, 'training text'),
      ...(copying ? [`${plural(trainSet.examples.length, 'span')} of them to copy`] : []),
      devPairs ? plural(devPairs.length, 'dev text') : 'no dev texts, so the last weights are kept',
      `encoder of ${config.encoder.layers} layers, decoder of ${config.decoder.layers}`,
      ...(cut > 0 ? [`${plural(cut, 'source')} cut to ${maxSource} tokens`] : []),
    ];
    context.stderr.write(`${parts.join('; ')}\n`);
  }
  const corpus = (set: EncodedPairs) => ({
    sequences: set.examples.map(({ labels: _labels, ...source }) => ({
      inputIds: Int32Array.from(source.inputIds),
      tokenTypeIds: Uint8Array.from(source.tokenTypeIds ?? []),
    })),
  });
  const encoder = {
    config: config.encoder,
    ...{ tokenizer, weights: model.weights, exitTable: model.exitTable },
  };
  return {
    model,
    table: copying
      ? model.exitTable
      : await chooseTable(options, encoder, corpus(trainSet), devSet && corpus(devSet), context),
    ...{ trainSet, devPairs, maxSource, maxTarget },
    words: rougeWords(
      trainPairs.map(({ target }) => target),
      options.rouge,
    ),
    dataset: options.train === undefined && known !== undefined ? known : basename(trainFile),
  };
}

/** Spans of the sources to copy in place of the summaries. @param longest of an output, in tokens */
function spansToCopy(
  { examples, truncated }: EncodedPairs,
  count: number,
  seed: number,
  longest: number,
): EncodedPairs {
  const copied = [6, 24].map((tokens) => Math.min(tokens, longest - 1));
  return { examples: copyingExamples(examples, { count, copied: [copied[0], copied[1]], seed }), truncated };
}

/** Options that would do nothing here. */
function refuseOthers(options: TrainCommandOptions): void {
  refuseClassifierOptions(options, { teacher: options.teacher });
  if (options.copying !== undefined) {
    const { dev, hash, buckets, speedup, meanExitLayer, exitLayer, patience, maxTarget, targetColumn, rouge } = options;
    const flags = givenFlags({
      ...{ dev, hash, buckets, speedup, meanExitLayer, exitLayer, patience, maxTarget, targetColumn, rouge },
    });
    if (flags.length > 0)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `--copying teaches a new decoder to read, from texts alone: leave ${flags.join(', ')} out. They are for the training on summaries that comes next.`,
        { fields: { flags } },
      );
  }
  if (options.hash === 'mutual-information')
    throw new HasheeError(
      'INVALID_ARGUMENT',
      '--hash mutual-information needs classes; summaries have none. The frequency hash needs nothing but texts.',
      { fields: { hash: options.hash } },
    );
}
