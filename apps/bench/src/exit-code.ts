import { HasheeError } from '@hashee/core';

/** What the process answers its caller with. */
export const ExitCode = { ok: 0, failure: 1, usage: 2, interrupted: 130 } as const;

/** Signals that ask a process to end, with the exit codes that shells know them by. */
export const INTERRUPTS: Readonly<Record<'SIGINT' | 'SIGTERM' | 'SIGHUP', number>> = {
  SIGINT: ExitCode.interrupted,
  SIGTERM: 143,
  SIGHUP: 129,
};

/** The abort reason of a Ctrl-C, or of another signal that asks the process to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;

  constructor(signal: keyof typeof INTERRUPTS = 'SIGINT') {
    super(signal);
    this.exitCode = INTERRUPTS[signal];
  }
}

export function exitCodeOf(error: unknown, signal: AbortSignal): number {
  const aborted = signal.aborted && (error === signal.reason || HasheeError.isInstance(error, 'ABORTED'));
  if (aborted) return signal.reason instanceof Interrupted ? signal.reason.exitCode : ExitCode.interrupted;
  return HasheeError.isInstance(error, 'INVALID_ARGUMENT') ? ExitCode.usage : ExitCode.failure;
}
