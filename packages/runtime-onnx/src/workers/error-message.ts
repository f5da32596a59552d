import { HasheeError } from '@hashee/core';
import type { ErrorMessage } from './messages.js';

/** A value as it arrives in another thread; what can't be sent arrives as its text. */
function sendable(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return String(value);
  }
}

/** An error for the way to another thread. What isn't a HasheeError becomes one of code `RUNTIME`. */
export function toErrorMessage(error: unknown): ErrorMessage {
  if (!HasheeError.isInstance(error))
    return {
      code: 'RUNTIME',
      message: `A worker failed: ${error instanceof Error ? error.message : String(error)}`,
      fields: {},
      cause: sendable(error),
    };
  const fields = Object.fromEntries(Object.entries(error.fields).map(([name, value]) => [name, sendable(value)]));
  return {
    code: error.code,
    message: error.message,
    fields,
    ...('cause' in error ? { cause: sendable(error.cause) } : {}),
  };
}

/** The error that a worker sent. */
export function fromErrorMessage({ code, message, fields, ...rest }: ErrorMessage): HasheeError {
  return new HasheeError(code, message, { fields: { ...fields }, ...rest });
}
