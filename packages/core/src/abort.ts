import { HasheeError } from './errors.js';

/** @throws HasheeError `ABORTED` when the signal is aborted; its reason is the `cause`. */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw new HasheeError('ABORTED', `${what} was aborted.`, { cause: signal.reason });
}
