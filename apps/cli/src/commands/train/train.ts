import { isSequenceToSequenceFolder, type SavedDtype, saveModel } from '@hashee/checkpoint';
import { type Encoder, HasheeError } from '@hashee/core';
import { createProgress } from '@hashee/terminal';
import { digestTeacher, type RunOptions, removeRun, type TrainResult, train } from '@hashee/train';
import type { Context } from '../../context.js';
import type { DataOptions } from '../../data/data-options.js';
import { streamSink } from '../../io/line-sink.js';
import { assertOutputFolder } from '../../io/output-folder.js';
import { loadModelFor, type ModelOptions } from '../../model/load-model.js';
import { backendRequest, type RuntimeOptions } from '../../model/runtime-options.js';
import type { PairOptions } from '../../summarization/pair-options.js';
import { isSummarization } from '../../summarization/read-pairs.js';
import { refusePairOptions } from '../../summarization/refuse-pair-options.js';
import type { HashOptions } from '../../table/hash-options.js';
import { describeModel, outcomeLines } from './outcome.js';
import { type Preparation, prepare } from './prepare.js';
import { runFolderOf } from './run-folder.js';
import { showEvents } from './show-events.js';
import { stoppedNotice } from './stopped-notice.js';
import { answerWarnings } from './warnings/answer-warnings.js';
import { watchAnswers } from './warnings/answer-watch.js';
import { dataWarnings } from './warnings/data-warnings.js';
import { showWarnings, type Warning } from './warnings/warning.js';

interface Teacher {
  readonly encoder: Encoder;
  readonly fingerprint: string;
}

export interface TrainCommandOptions extends ModelOptions, RuntimeOptions, DataOptions, HashOptions, PairOptions {
  readonly model: string;
  readonly output: string;
  readonly overwrite?: true | undefined;
  readonly train?: string | undefined;
  readonly dev?: string | undefined;
  readonly teacher?: string | undefined;
  readonly epochs: number;
  readonly batchSize: number;
  readonly accumulate: number;
  readonly learningRate: number;
  readonly warmup: number;
  readonly weightDecay: number;
  readonly dropout?: number | undefined;
  readonly labelSmoothing?: number | undefined;
  readonly decoderLayers?: number | undefined;
  readonly copying?: number | undefined;
  readonly patience?: number | undefined;
  readonly evaluateEvery?: number | undefined;
  readonly seed: number;
  readonly maxLength?: number | undefined;
  readonly threads?: number | undefined;
  readonly dtype: SavedDtype;
  readonly runDir?: string | undefined;
  readonly resume?: true | undefined;
  readonly restart?: true | undefined;
  readonly json?: true | undefined;
}

/** `hashee train`: of an encoder-decoder where the task or the model says so, else of an encoder. */
export async function trainModel(options: TrainCommandOptions, context: Context): Promise<void> {
  if ((await isSummarization(options.task)) || (await isSequenceToSequenceFolder(options.model))) {
    const { trainSummarizer } = await import('./summarization/train-summarizer.js');
    return trainSummarizer(options, context);
  }
  const { labelSmoothing, decoderLayers, copying } = options;
  refusePairOptions(options, { labelSmoothing, decoderLayers, copying });
  return trainEncoder(options, context);
}

async function trainEncoder(options: TrainCommandOptions, context: Context): Promise<void> {
  const { signal, stderr, stdout } = context;
  await assertOutputFolder(options.output, options.overwrite ?? false);
  const runDirectory = runFolderOf(options);
  const preparation = await prepare(options, context);
  const warnings = dataWarnings(preparation);
  if (!options.quiet) showWarnings(warnings, context);
  const watch = preparation.devSet && watchAnswers(preparation.devSet, preparation.metrics);
  const backend = await context.createBackend(backendRequest(options, options.threads));
  const progress = await createProgress(stderr, 'Training', options.quiet);
  let teacher: Teacher | undefined;
  try {
    teacher = await loadTeacher(options, preparation, context);
    const show = showEvents({
      progress,
      context,
      quiet: options.quiet ?? false,
      batchTexts: options.batchSize * options.accumulate,
    });
    let found: readonly Warning[] = [];
    const result = await train({
      ...runOptionsOf(options),
      backend,
      model: preparation.start,
      heads: [preparation.head],
      exitTable: preparation.table ?? null,
      trainSet: preparation.trainSet.sequences,
      dev: watch?.dev,
      ...(teacher ? { teacher: teacher.encoder, teacherFingerprint: teacher.fingerprint } : {}),
      directory: runDirectory,
      resume: options.resume ? 'required' : options.restart ? 'restart' : 'auto',
      signal,
      onEvent: (event) => {
        watch?.onEvent(event);
        show(event);
      },
      save: async (outcome: TrainResult) => {
        if (watch && preparation.head.task !== 'regression')
          found = answerWarnings(await watch.answersOf(outcome, backend, signal), outcome, preparation);
        await save(outcome, options, preparation, context);
      },
    });
    progress.stop();
    if (!options.quiet) showWarnings(found, context);
    // A folder that the user didn't ask for is only there to go on after an interruption.
    if (options.runDir === undefined) await removeRun(runDirectory);
    const sink = streamSink(stdout, signal);
    for (const line of outcomeLines(result, options, preparation, [...warnings, ...found])) await sink.line(line);
  } catch (error) {
    progress.stop();
    if (HasheeError.isInstance(error, 'ABORTED'))
      stderr.write(`${await stoppedNotice(error, runDirectory, options.restart ?? false)}\n`);
    throw error;
  } finally {
    progress.stop();
    await teacher?.encoder.dispose();
  }
}

/** What the options say of the course of a run, whatever it trains. */
export function runOptionsOf(options: TrainCommandOptions): Partial<Omit<RunOptions, 'backend'>> {
  return {
    seed: options.seed,
    epochs: options.epochs,
    batchSize: options.batchSize,
    accumulation: options.accumulate,
    learningRate: options.learningRate,
    warmup: options.warmup,
    optimizer: { weightDecay: options.weightDecay },
    dropout: options.dropout,
    patience: options.patience,
    evaluateEvery: options.evaluateEvery,
  };
}

async function loadTeacher(
  options: TrainCommandOptions,
  { model, head }: Preparation,
  context: Context,
): Promise<Teacher | undefined> {
  if (options.teacher === undefined) return undefined;
  const teacher = await loadModelFor({ ...options, model: options.teacher, revision: undefined }, context);
  if (teacher.tokenizer.fingerprint !== model.tokenizer.fingerprint)
    throw new HasheeError('TABLE_MISMATCH', 'The teacher has another tokenizer than the model; they must share one.', {
      fields: { teacher: teacher.tokenizer.fingerprint, model: model.tokenizer.fingerprint },
    });
  const own = teacher.heads.find(({ name }) => name === 'main');
  if (own?.task !== head.task || own.labels.join('\t') !== head.labels.join('\t'))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `The teacher answers ${own ? `${own.task} with the labels ${own.labels.join(', ')}` : 'nothing'}; the data needs ${head.task} with ${head.labels.join(', ')}.`,
      { fields: { teacher: own?.labels, data: head.labels } },
    );
  const backend = await context.createBackend(backendRequest(options, options.threads));
  const fingerprint = await digestTeacher(teacher);
  return { encoder: await backend.load(teacher, { signal: context.signal }), fingerprint };
}

async function save(
  result: TrainResult,
  options: TrainCommandOptions,
  preparation: Preparation,
  { stderr }: Context,
): Promise<void> {
  const { config, heads, weights, exitTable } = result.model;
  await saveModel(
    options.output,
    {
      base: preparation.model,
      config,
      heads,
      weights,
      exitTable,
      metadata: describeModel(result, options, preparation),
      dtype: options.dtype,
    },
    { overwrite: options.overwrite ?? false },
  );
  if (!options.quiet) stderr.write(`Saved ${options.output}.\n`);
}
