import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Model } from '@hashee/checkpoint';
import type { Backend } from '@hashee/core';
import type { TrainEvent } from '@hashee/train';
import type { BitPredictor } from '../predictors/bit-predictor.js';
import type { StudySettings } from './settings.js';

/** Predictors from words: they need a library that the rest doesn't, so they are made outside. */
export type MakeWordPredictors = (options: {
  readonly embeddings: { readonly data: Float32Array; readonly size: number };
  readonly epochs: number;
  readonly units: number;
  readonly batchSize: number;
}) => readonly BitPredictor[];

/** What a part of the study is doing. */
export interface StudyProgress {
  /** Such as `multi-exit model`. */
  readonly what: string;
  readonly done: number;
  readonly total: number;
  readonly loss: number;
}

/** What a part of the study works with. */
export interface StudyContext {
  readonly settings: StudySettings;
  readonly seed: number;
  readonly backend: Backend;
  /** The pretrained encoder with its tokenizer; its heads and exits are left aside. */
  readonly model: Model;
  /** Of the encoder. */
  readonly digest: string;
  /** Folder with one folder a task. */
  readonly data: string;
  /** For trainings and predictions, so that a study that was stopped goes on. */
  readonly work: string;
  readonly wordPredictors?: MakeWordPredictors | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: StudyProgress) => void) | undefined;
}

/** Hex digest of anything that JSON can write. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/** A folder of its own for a piece of work, by what that depends on. */
export function workFolder(
  { work, seed, digest }: Pick<StudyContext, 'work' | 'seed' | 'digest'>,
  name: string,
  ingredients: unknown,
): string {
  return join(work, `${name}.seed-${seed}.${digestOf([digest, ingredients]).slice(0, 16)}`);
}

/** Shows the updates of a training. */
export function showUpdates({ onProgress }: StudyContext, what: string): (event: TrainEvent) => void {
  return (event) => {
    if (event.type === 'step') onProgress?.({ what, done: event.step, total: event.steps, loss: event.loss });
  };
}
