import { HasheeError } from '@hashee/core';
import type { BatchOptions } from './pipeline-options.js';

const BATCH_SIZE = 32;
const MAX_BATCH_TOKENS = 16_384;
const WINDOW_BATCHES = 64;
/** Room for the special tokens of a pair and a piece of each text. */
const SHORTEST_MAX_LENGTH = 5;

/** The settings of a call, checked. */
export interface BatchLimits {
  readonly batchSize: number;
  readonly maxBatchTokens: number;
  readonly maxLength: number;
  readonly window: number;
  readonly maxWait: number | undefined;
}

/** @throws HasheeError `INVALID_ARGUMENT` */
export function resolveLimits(defaults: BatchOptions, options: BatchOptions, modelLength: number): BatchLimits {
  const integer = (
    name: Exclude<keyof BatchOptions, 'maxWait'>,
    fallback: number,
    low: number,
    high: number,
  ): number => {
    const value = options[name] ?? defaults[name] ?? fallback;
    if (!Number.isInteger(value) || value < low || value > high)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `${name} must be an integer from ${low} to ${high}${name === 'maxLength' ? ', the longest the model takes' : ''}; got ${value}.`,
        { fields: { option: name, value, low, high } },
      );
    return value;
  };
  const maxWait = options.maxWait ?? defaults.maxWait;
  if (maxWait !== undefined && !(maxWait >= 0 && maxWait <= 86_400_000))
    throw new HasheeError('INVALID_ARGUMENT', `maxWait must be from 0 to 86400000 milliseconds; got ${maxWait}.`, {
      fields: { option: 'maxWait', value: maxWait },
    });
  const batchSize = integer('batchSize', BATCH_SIZE, 1, 65_536);
  return {
    batchSize,
    maxBatchTokens: integer('maxBatchTokens', MAX_BATCH_TOKENS, 1, 1 << 28),
    maxLength: integer('maxLength', modelLength, Math.min(SHORTEST_MAX_LENGTH, modelLength), modelLength),
    window: integer('window', batchSize * WINDOW_BATCHES, 1, 1 << 24),
    maxWait,
  };
}
