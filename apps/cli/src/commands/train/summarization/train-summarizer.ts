import { existsSync } from 'node:fs';
import { type HasheeMetadata, type Measurement, saveSequenceToSequence } from '@hashee/checkpoint';
import { HasheeError } from '@hashee/core';
import { createProgress, duration, printable } from '@hashee/terminal';
import { removeRun, type SequenceToSequenceTrainResult, trainSequenceToSequence } from '@hashee/train';
import type { Context } from '../../../context.js';
import { streamSink } from '../../../io/line-sink.js';
import { assertOutputFolder } from '../../../io/output-folder.js';
import { rougeEvaluator } from '../../../summarization/rouge-evaluator.js';
import { columns } from '../../../terminal/table.js';
import { runFolderOf } from '../run-folder.js';
import { showEvents } from '../show-events.js';
import { stoppedNotice } from '../stopped-notice.js';
import { runOptionsOf, type TrainCommandOptions } from '../train.js';
import { type OutputLengths, outputLengths, withLengths } from './output-lengths.js';
import { prepareSummarization, type SummarizationPreparation } from './prepare.js';

const LABEL_SMOOTHING = 0.1;
/** Updates after which a run is saved, besides every evaluation: a crash costs no more. */
const SAVED_EVERY = 100;
/** Sources of a dev batch, when summaries are generated. */
const DEV_BATCH = 8;
/** How summaries of dev texts are searched for, whatever the model does by itself. */
const DEV_SEARCH = { numBeams: 1, noRepeatNgramSize: 3 };

/** `hashee train` of an encoder-decoder. */
export async function trainSummarizer(options: TrainCommandOptions, context: Context): Promise<void> {
  const { signal, stderr, stdout } = context;
  await assertOutputFolder(options.output, options.overwrite ?? false);
  const runDirectory = runFolderOf(options);
  const preparation = await prepareSummarization(options, context);
  const { model, table, trainSet, devPairs, words, maxSource, maxTarget } = preparation;
  const lengths = outputLengths(model.generationConfig, maxTarget + 1);
  const backend = await context.createBackend({ threads: options.threads });
  const progress = await createProgress(stderr, 'Training', options.quiet);
  try {
    const result = await trainSequenceToSequence({
      ...runOptionsOf(options),
      ...{ backend, model, signal },
      exitTable: table ?? null,
      decoderExitTable: options.hash === 'none' ? null : undefined,
      trainSet: trainSet.examples,
      labelSmoothing: options.labelSmoothing ?? LABEL_SMOOTHING,
      dev:
        devPairs &&
        rougeEvaluator(devPairs, {
          tokenizer: model.tokenizer,
          words,
          generationConfig: model.generationConfig,
          generation: {
            ...{ ...DEV_SEARCH, ...lengths, maxSourceLength: maxSource, batchSize: DEV_BATCH },
          },
          onProgress: ({ done, total }) => progress.update({ done, total, text: 'dev texts summarised' }),
        }),
      directory: runDirectory,
      checkpointEvery: SAVED_EVERY,
      resume: options.resume ? 'required' : options.restart ? 'restart' : 'auto',
      onEvent: showEvents({
        ...{ progress, context, quiet: options.quiet ?? false },
        batchTexts: options.batchSize * options.accumulate,
      }),
      save: (outcome) => save(outcome, options, preparation, lengths, context),
    });
    progress.stop();
    if (options.runDir === undefined) await removeRun(runDirectory);
    const sink = streamSink(stdout, signal);
    for (const line of outcomeLines(result, options, preparation)) await sink.line(line);
  } catch (error) {
    progress.stop();
    if (HasheeError.isInstance(error, 'ABORTED'))
      stderr.write(`${await stoppedNotice(error, runDirectory, options.restart ?? false)}\n`);
    throw error;
  } finally {
    progress.stop();
  }
}

async function save(
  result: SequenceToSequenceTrainResult,
  options: TrainCommandOptions,
  preparation: SummarizationPreparation,
  lengths: OutputLengths,
  { stderr }: Context,
): Promise<void> {
  const { model } = preparation;
  const { config, weights, exitTable, decoderExitTable } = result.model;
  await saveSequenceToSequence(
    options.output,
    {
      base: model,
      ...{ config, weights, exitTable, decoderExitTable, dtype: options.dtype },
      generationConfig: withLengths(model.generationConfig, lengths),
      metadata: describe(result, options, preparation, lengths),
    },
    { overwrite: options.overwrite ?? false },
  );
  if (!options.quiet) stderr.write(`Saved ${options.output}.\n`);
}

/** What the saved model says of itself. */
function describe(
  { best, model: { decoderExitTable } }: SequenceToSequenceTrainResult,
  options: TrainCommandOptions,
  { table, dataset, trainSet, maxSource, maxTarget, words }: SummarizationPreparation,
  lengths: OutputLengths,
): HasheeMetadata {
  const { model, epochs, batchSize, accumulate, learningRate, warmup, weightDecay, dropout, seed } = options;
  const conditions = { seed, rouge: words, ...DEV_SEARCH, ...lengths, maxSourceLength: maxSource };
  const quality = Object.entries(best.metrics).map(
    ([name, value]): Measurement => ({ name, value, dataset, split: 'dev', conditions }),
  );
  return {
    // A path of one's own machine says nothing to others.
    ...(existsSync(model) ? {} : { baseModel: model }),
    method: {
      name: table || decoderExitTable ? 'hashee' : 'dense',
      parameters: {
        ...(table ? { hash: table.hash } : {}),
        ...(decoderExitTable ? { decoderHash: decoderExitTable.hash } : {}),
      },
    },
    training: {
      task: 'summarization',
      dataset,
      examples: trainSet.examples.length,
      recipe: {
        ...{ epochs, batchSize, accumulate, learningRate, warmup, weightDecay, dropout, seed, maxSource, maxTarget },
        labelSmoothing: options.labelSmoothing ?? LABEL_SMOOTHING,
        ...(options.copying === undefined ? {} : { copying: options.copying }),
      },
      updates: best.step,
    },
    ...(quality.length > 0 ? { quality } : {}),
  };
}

function outcomeLines(
  { model, best, steps, stopped, seconds, history }: SequenceToSequenceTrainResult,
  { json, output }: TrainCommandOptions,
  { table }: SummarizationPreparation,
): readonly string[] {
  const [hash, decoderHash] = [table?.hash ?? null, model.decoderExitTable?.hash ?? null];
  if (json) return [JSON.stringify({ output, hash, decoderHash, best, steps, stopped, seconds, history })];
  return columns([
    ...Object.entries(best.metrics).map(([name, value]) => [name, value.toFixed(4)]),
    ['exits', printable(hash?.name ?? 'none')],
    ['decoder exits', printable(decoderHash?.name ?? 'none')],
    ['best update', `${best.step} of ${steps}`],
    ['time', duration(1000 * seconds)],
    ['model', output],
  ]);
}
