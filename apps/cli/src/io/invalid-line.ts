import { HasheeError } from '@hashee/core';

/** An `INVALID_DATA` error that begins with `file:line:`. Lines count from 1. */
export function invalidLine(file: string, line: number, problem: string, cause?: unknown): HasheeError {
  return new HasheeError('INVALID_DATA', `${file}:${line}: ${problem}`, {
    fields: { file, line },
    ...(cause === undefined ? {} : { cause }),
  });
}
