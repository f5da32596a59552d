import { HasheeError } from '@hashee/core';

/** Where in a data file something is wrong. Lines count from 1. */
export interface DataPlace {
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: string | undefined;
}

/** An `INVALID_DATA` error that begins with `file:line, column "name":`. */
export function invalidData(
  place: DataPlace,
  problem: string,
  details: { readonly fields?: Record<string, unknown>; readonly cause?: unknown } = {},
): HasheeError {
  const { file, line, column } = place;
  const where = `${file}${line === undefined ? '' : `:${line}`}${column === undefined ? '' : `, column "${column}"`}`;
  return new HasheeError('INVALID_DATA', `${where}: ${problem}`, {
    fields: {
      file,
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
      ...details.fields,
    },
    ...('cause' in details ? { cause: details.cause } : {}),
  });
}

/** The beginning of a value for a message, quoted, with control characters escaped. */
export function excerpt(value: unknown, length = 40): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return JSON.stringify(text.length > length ? `${text.slice(0, length)}…` : text);
}
