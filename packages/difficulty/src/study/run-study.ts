import { mkdir } from 'node:fs/promises';
import { loadModel, type Model } from '@hashee/checkpoint';
import { type Backend, HasheeError, throwIfAborted } from '@hashee/core';
import { describeMachine } from '@hashee/eval';
import { digestModel } from '@hashee/train';
import { type PartResults, RESULT_VERSION, STUDY_PARTS, type StudyCell, type StudyPart } from '../results/result.js';
import { readCell, writeCell } from '../results/result-files.js';
import { dataDigests } from './data-digests.js';
import { runExits } from './exits.js';
import { runGiven } from './given.js';
import { runHuman } from './human.js';
import { runSentence } from './sentence.js';
import type { StudySettings } from './settings.js';
import { digestOf, type MakeWordPredictors, type StudyContext, type StudyProgress } from './study-context.js';
import { runToken } from './token.js';

export interface StudyOptions {
  readonly backend: Backend;
  /** Folder or hub id of the pretrained encoder, or the model itself. */
  readonly encoder: string | Model;
  /** Folder with one folder a task. */
  readonly data: string;
  /** Where results go. */
  readonly output: string;
  /** For trainings, so that the study can be stopped and goes on. */
  readonly work: string;
  readonly settings: StudySettings;
  readonly seeds: readonly number[];
  /** @default all */
  readonly parts?: readonly StudyPart[] | undefined;
  /** `linear` and `bilstm` of `@hashee/difficulty/tensorflow`. @default none */
  readonly wordPredictors?: MakeWordPredictors | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: StudyEvent) => void) | undefined;
}

/** What the study does, while it does it. */
export type StudyEvent =
  | {
      readonly type: 'begin';
      readonly part: StudyPart;
      readonly seed: number;
      readonly index: number;
      readonly total: number;
    }
  | ({ readonly type: 'progress' } & StudyProgress)
  | { readonly type: 'end'; readonly cell: StudyCell; readonly made: boolean };

const RUN: { readonly [Part in StudyPart]: (context: StudyContext) => Promise<PartResults[Part]> } = {
  human: runHuman,
  sentence: runSentence,
  given: runGiven,
  token: runToken,
  exits: runExits,
};

/**
 * Runs the study, one part and seed after another; each result is written when it is there. What has a result that fits
 * encoder, data and settings isn't made again, and what was stopped goes on.
 * @returns all cells that were asked for
 * @throws HasheeError `INVALID_ARGUMENT`, `NOT_FOUND`, `INVALID_DATA`, `IO`, `ABORTED`, and what training throws
 */
export async function runStudy(options: StudyOptions): Promise<StudyCell[]> {
  const {
    backend,
    data,
    output,
    work,
    settings,
    seeds,
    parts = STUDY_PARTS,
    wordPredictors,
    signal,
    onEvent,
  } = options;
  if (seeds.length === 0 || parts.length === 0)
    throw new HasheeError('INVALID_ARGUMENT', 'The study needs one seed and one part at least.');
  const model = typeof options.encoder === 'string' ? await loadModel(options.encoder, { signal }) : options.encoder;
  const digest = await digestModel(model);
  await mkdir(work, { recursive: true });
  const digestData = dataDigests(data, signal);
  const cells: StudyCell[] = [];
  const wanted = seeds.flatMap((seed) =>
    STUDY_PARTS.filter((part) => parts.includes(part)).map((part) => ({ part, seed })),
  );
  for (const [index, { part, seed }] of wanted.entries()) {
    throwIfAborted(signal, 'The study');
    onEvent?.({ type: 'begin', part, seed, index, total: wanted.length });
    const ingredients = [RESULT_VERSION, digest, await digestData(part), settings, seed, wordPredictors !== undefined];
    const fingerprint = digestOf(ingredients);
    const found = await readCell(output, part, seed);
    const started = performance.now();
    const cell = found?.fingerprint === fingerprint ? found : undefined;
    const result =
      cell?.result ??
      (await RUN[part]({
        ...{ settings, seed, backend, model, digest, data, work, wordPredictors, signal },
        onProgress: (progress) => onEvent?.({ type: 'progress', ...progress }),
      }));
    const made: StudyCell = cell ?? {
      format: 'hashee-difficulty',
      version: RESULT_VERSION,
      ...{ part, seed, fingerprint, result },
      settings: JSON.parse(JSON.stringify(settings)),
      seconds: (performance.now() - started) / 1000,
      date: new Date().toISOString(),
      machine: describeMachine(),
    };
    if (!cell) await writeCell(output, made);
    cells.push(made);
    onEvent?.({ type: 'end', cell: made, made: !cell });
  }
  return cells;
}
