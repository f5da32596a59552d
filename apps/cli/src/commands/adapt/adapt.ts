import { assertCopyable, type Model, type SavedDtype, saveModel } from '@hashee/checkpoint';
import { type ExitTable, HasheeError } from '@hashee/core';
import { createProgress, plural } from '@hashee/terminal';
import { adapt, removeRun, type TrainEvent } from '@hashee/train';
import type { Context } from '../../context.js';
import { streamSink } from '../../io/line-sink.js';
import { assertOutputFolder } from '../../io/output-folder.js';
import { loadModelFor, type ModelOptions } from '../../model/load-model.js';
import type { HashOptions } from '../../table/hash-options.js';
import { chooseTable } from '../train/choose-table.js';
import { showEvents } from '../train/show-events.js';
import { stoppedNotice } from '../train/stopped-notice.js';
import { type Adaptation, adaptedLines, describeAdapted } from './outcome.js';
import { type AdaptTextOptions, type AdaptTexts, readTexts } from './read-texts.js';

export interface AdaptCommandOptions extends ModelOptions, AdaptTextOptions, HashOptions {
  readonly model: string;
  readonly output: string;
  readonly overwrite?: true | undefined;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly maxLength?: number | undefined;
  readonly threads?: number | undefined;
  readonly dtype: SavedDtype;
  readonly runDir?: string | undefined;
  readonly resume?: true | undefined;
  readonly restart?: true | undefined;
  readonly json?: true | undefined;
}

/** In updates. There are no evaluations, so nothing else would survive a crash. */
const CHECKPOINT_EVERY = 500;
/** Updates that the loss of the outcome is the mean of. */
const LAST_UPDATES = 50;

export async function adaptModel(options: AdaptCommandOptions, context: Context): Promise<void> {
  const { signal, stderr, stdout } = context;
  assertTableForTexts(options);
  await assertOutputFolder(options.output, options.overwrite ?? false);
  const runDirectory = options.runDir ?? `${options.output.replace(/[\\/]+$/, '')}.run`;
  const model = await loadModelFor(options, context);
  await assertCopyable(model.directory);
  const maxLength = Math.min(options.maxLength ?? model.config.maxLength, model.config.maxLength);
  const texts = await readAndDescribe(options, model, maxLength, context);
  // There is always one: `none` was refused.
  const table = (await chooseTable(options, model, texts, undefined, context)) as ExitTable;
  const backend = await context.createBackend({ threads: options.threads });
  const progress = await createProgress(stderr, 'Adapting', options.quiet);
  const quiet = options.quiet ?? false;
  const show = showEvents({ progress, context, quiet, batchTexts: options.batchSize });
  const losses: number[] = [];
  try {
    const result = await adapt({
      backend,
      model,
      exitTable: table,
      texts: texts.sequences,
      epochs: options.epochs,
      batchSize: options.batchSize,
      learningRate: options.learningRate,
      seed: options.seed,
      directory: runDirectory,
      checkpointEvery: CHECKPOINT_EVERY,
      resume: options.resume ? 'required' : options.restart ? 'restart' : 'auto',
      signal,
      onEvent: (event: TrainEvent) => {
        if (event.type === 'step' && losses.push(event.loss) > LAST_UPDATES) losses.shift();
        show(event);
      },
    });
    const loss = losses.length > 0 ? losses.reduce((sum, value) => sum + value, 0) / losses.length : undefined;
    const adaptation: Adaptation = { result, table, texts, maxLength, loss };
    await saveModel(
      options.output,
      { base: model, ...result.model, metadata: describeAdapted(options, adaptation), dtype: options.dtype },
      { overwrite: options.overwrite ?? false },
    );
    progress.stop();
    if (!quiet) stderr.write(`Saved ${options.output}.\n`);
    // A folder that the user didn't ask for is only there to go on after an interruption.
    if (options.runDir === undefined) await removeRun(runDirectory);
    const sink = streamSink(stdout, signal);
    for (const line of adaptedLines(options, adaptation)) await sink.line(line);
  } catch (error) {
    progress.stop();
    if (HasheeError.isInstance(error, 'ABORTED'))
      stderr.write(`${await stoppedNotice(error, runDirectory, options.restart ?? false)}\n`);
    throw error;
  } finally {
    progress.stop();
  }
}

function assertTableForTexts({ hash }: HashOptions): void {
  const problem =
    hash === 'none'
      ? 'without exits there is nothing to adapt to'
      : hash === 'mutual-information'
        ? 'it needs labels, which texts have not; build it with hashee hash build and give the file'
        : undefined;
  if (problem)
    throw new HasheeError('INVALID_ARGUMENT', `--hash ${hash} can't be used here: ${problem}.`, { fields: { hash } });
}

async function readAndDescribe(
  options: AdaptCommandOptions,
  { tokenizer }: Model,
  maxLength: number,
  context: Context,
): Promise<AdaptTexts> {
  const progress = await createProgress(context.stderr, 'Reading', options.quiet);
  try {
    const texts = await readTexts(options, tokenizer, maxLength, context, progress);
    const { found, sequences, truncated } = texts;
    progress.stop();
    const parts = [
      found > sequences.length ? `${plural(sequences.length, 'text')} of ${found}` : plural(found, 'text'),
      ...(truncated > 0 ? [`${plural(truncated, 'text')} cut to ${maxLength} tokens`] : []),
    ];
    if (!options.quiet) context.stderr.write(`${parts.join('; ')}\n`);
    return texts;
  } finally {
    progress.stop();
  }
}
