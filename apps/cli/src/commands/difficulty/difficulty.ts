import { readFile } from 'node:fs/promises';
import { HasheeError, systemError } from '@hashee/core';
import {
  type MakeWordPredictors,
  runStudy,
  type StudyEvent,
  type StudySettings,
  type StudySize,
  studySizes,
} from '@hashee/difficulty';
import {
  markdownStudy,
  parseSettings,
  readStudy,
  type StudyPart,
  type StudySummary,
  summarizeStudy,
} from '@hashee/difficulty/results';
import { bilstm, linear, type TensorFlow } from '@hashee/difficulty/tensorflow';
import { createProgress, duration, type ProgressDisplay } from '@hashee/terminal';
import type { Context } from '../../context.js';
import { fileSink } from '../../io/line-sink.js';
import { loadModelFor, type ModelOptions } from '../../model/load-model.js';
import { openTensorflow } from './open-tensorflow.js';

export interface DifficultyOptions extends ModelOptions {
  readonly output: string;
  readonly data?: string | undefined;
  readonly work: string;
  readonly size: StudySize;
  readonly settings?: string | undefined;
  readonly printSettings?: true | undefined;
  readonly seeds: readonly number[];
  readonly parts?: readonly StudyPart[] | undefined;
  readonly tables?: true | undefined;
  readonly threads?: number | undefined;
  readonly json?: true | undefined;
}

/** Runs the study and rewrites its tables. */
export async function difficulty(options: DifficultyOptions, context: Context): Promise<void> {
  const { stdout } = context;
  if (options.printSettings) {
    stdout.write(`${JSON.stringify(await settingsOf(options), undefined, 2)}\n`);
    return;
  }
  if (!options.tables) await study(options, context);
  const { path, summary } = await writeTables(options.output);
  stdout.write(`${options.json ? JSON.stringify({ tables: path, ...summary }) : path}\n`);
}

async function study(options: DifficultyOptions, context: Context): Promise<void> {
  const { signal, stderr, env } = context;
  if (options.model === undefined)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      'Which encoder? Give --model; without one there are only --tables and --print-settings.',
    );
  const data = options.data ?? env['HASHEE_DATA'];
  if (!data)
    throw new HasheeError('INVALID_ARGUMENT', 'Where is the data? Give --data, or set the variable HASHEE_DATA.');
  const settings = await settingsOf(options);
  const encoder = await loadModelFor(options, context);
  const backend = await context.createBackend({ threads: options.threads });
  const tensorflow = await openTensorflow();
  const progress = await createProgress(stderr, 'Difficulty', options.quiet);
  const show = showStudy(progress, (line) => stderr.write(`${line}\n`), options.quiet ?? false);
  try {
    await runStudy({
      ...{ backend, encoder, data, settings, signal },
      output: options.output,
      work: options.work,
      seeds: options.seeds,
      parts: options.parts,
      wordPredictors: wordPredictors(tensorflow),
      onEvent: (event) => show(event),
    });
  } catch (error) {
    progress.stop();
    if (HasheeError.isInstance(error, 'ABORTED')) stderr.write('Stopped; the same command goes on from here.\n');
    throw error;
  } finally {
    progress.stop();
  }
}

/** @returns where the tables are, and what they hold */
async function writeTables(output: string): Promise<{ readonly path: string; readonly summary: StudySummary }> {
  const path = `${output.replace(/[\\/]+$/, '')}.md`;
  const summary = summarizeStudy(await readStudy(output));
  const text = markdownStudy(summary);
  const sink = await fileSink(path);
  try {
    for (const line of text.trimEnd().split('\n')) await sink.line(line);
    await sink.finish();
  } finally {
    await sink.discard();
  }
  return { path, summary };
}

function wordPredictors(tensorflow: TensorFlow): MakeWordPredictors {
  return ({ units, ...options }) => [linear({ ...options, tensorflow }), bilstm({ ...options, units, tensorflow })];
}

async function settingsOf({ size, settings: path }: DifficultyOptions): Promise<StudySettings> {
  if (path === undefined) return studySizes[size];
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw systemError(cause, 'read', path);
  });
  return parseSettings(text, path);
}

function showStudy(
  progress: ProgressDisplay,
  write: (line: string) => void,
  quiet: boolean,
): (event: StudyEvent) => void {
  let place = '';
  return (event) => {
    if (event.type === 'begin') place = `${event.part}, seed ${event.seed} (${event.index + 1} of ${event.total})`;
    if (event.type === 'progress') {
      const { done, total, what, loss } = event;
      progress.update({ done, total, text: `${place}: ${what}, loss ${loss.toFixed(4)}` });
    }
    if (event.type !== 'end' || quiet) return;
    progress.clear();
    const { part, seed, seconds } = event.cell;
    write(`${part}, seed ${seed}: ${event.made ? `made in ${duration(1000 * seconds)}` : 'was there'}`);
  };
}
