import { HasheeError } from '@hashee/core';
import { type FreshProcessOptions, runInFreshProcess } from './fresh-process.js';

export interface LargestBatchOptions extends FreshProcessOptions {
  /** The process may take so much memory, everything included. */
  readonly memoryLimitBytes: number;
  /** Where the search ends. @default 4096 */
  readonly highest?: number | undefined;
  /** After every attempt. */
  readonly onAttempt?: ((attempt: BatchAttempt) => void) | undefined;
}

/** One batch size that was tried. */
export interface BatchAttempt {
  readonly batchSize: number;
  readonly fits: boolean;
  /** Where it didn't fit, what it had when it was ended. */
  readonly peakMemoryBytes: number;
}

export interface LargestBatch {
  /** The largest batch size that fits; 0 where not even one sequence does. */
  readonly batchSize: number;
  readonly memoryLimitBytes: number;
  /** In the order they were made. */
  readonly attempts: readonly BatchAttempt[];
}

/**
 * The largest batch that fits under a memory limit: doubles the batch size until it doesn't fit, then halves the gap. Every
 * attempt runs in a process of its own, so none inherits what another left behind.
 * @param task module whose default export runs one batch: a function of `{ ...input, batchSize }`
 * @throws HasheeError `INVALID_ARGUMENT`, and as `runInFreshProcess`
 */
export async function largestBatch<Input extends object>(
  task: URL | string,
  input: Input,
  { highest = 4096, onAttempt, ...options }: LargestBatchOptions,
): Promise<LargestBatch> {
  if (!Number.isSafeInteger(highest) || highest < 1 || !(options.memoryLimitBytes > 0))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `The search needs a memory limit above 0 and a highest batch size from 1, got ${options.memoryLimitBytes} and ${highest}.`,
      { fields: { memoryLimitBytes: options.memoryLimitBytes, highest } },
    );
  const attempts: BatchAttempt[] = [];
  const fits = async (batchSize: number): Promise<boolean> => {
    const { status, peakMemoryBytes } = await runInFreshProcess(task, { ...input, batchSize }, options);
    const attempt = { batchSize, fits: status === 'done', peakMemoryBytes };
    attempts.push(attempt);
    onAttempt?.(attempt);
    return attempt.fits;
  };
  let low = 0;
  let high = 1;
  while (high <= highest && (await fits(high))) {
    low = high;
    high = high === highest ? highest + 1 : Math.min(2 * high, highest);
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await fits(middle)) low = middle;
    else high = middle;
  }
  return { batchSize: low, memoryLimitBytes: options.memoryLimitBytes, attempts };
}
