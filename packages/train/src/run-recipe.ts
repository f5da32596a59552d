import { HasheeError } from '@hashee/core';
import type { RunOptions } from './run-options.js';

/** What every run's options say of its course, with all defaults. */
export interface RunRecipe {
  readonly seed: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly accumulation: number;
  readonly learningRate: number;
  readonly warmup: number;
  readonly evaluateEvery: number | 'epoch';
  readonly patience: number | undefined;
  readonly checkpointEvery: number | undefined;
}

/** @throws HasheeError `INVALID_ARGUMENT` naming the option */
export function resolveRun(options: RunOptions): RunRecipe {
  const { evaluateEvery = 'epoch', patience, checkpointEvery, resume = 'auto' } = options;
  if (!['auto', 'required', 'restart'].includes(resume)) refuse('resume', 'auto, required or restart', resume);
  return {
    seed: integer('seed', options.seed ?? 1, 0),
    epochs: integer('epochs', options.epochs ?? 4, 1),
    batchSize: integer('batchSize', options.batchSize ?? 32, 1),
    accumulation: integer('accumulation', options.accumulation ?? 1, 1),
    learningRate: number('learningRate', options.learningRate ?? 5e-5, 0, Number.MAX_VALUE),
    warmup: number('warmup', options.warmup ?? 0.1, 0, 1),
    evaluateEvery: evaluateEvery === 'epoch' ? 'epoch' : integer('evaluateEvery', evaluateEvery, 1),
    patience: patience === undefined ? undefined : integer('patience', patience, 1),
    checkpointEvery: checkpointEvery === undefined ? undefined : integer('checkpointEvery', checkpointEvery, 1),
  };
}

export function refuse(option: string, expected: string, value: unknown): never {
  throw new HasheeError('INVALID_ARGUMENT', `${option}: expected ${expected}; got ${JSON.stringify(value)}.`, {
    fields: { option, value },
  });
}

function integer(option: string, value: number, low: number): number {
  if (!Number.isSafeInteger(value) || value < low) refuse(option, `an integer from ${low}`, value);
  return value;
}

export function number(option: string, value: number, low: number, high: number): number {
  if (!(value >= low && value <= high)) refuse(option, `a number from ${low}${high <= 1 ? ` to ${high}` : ''}`, value);
  return value;
}
