import { HasheeError } from '@hashee/core';

/** The HasheeError that a promise fails with; fails itself when there is none. */
export async function failure(promise: Promise<unknown>): Promise<HasheeError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!HasheeError.isInstance(error)) throw new Error(`expected a HasheeError, got ${String(error)}`);
  return error;
}
