import { HasheeError } from '@hashee/core';

/** What the process answers its caller with. */
export const ExitCode = {
  ok: 0,
  failure: 1,
  /** What was typed can't be done: unknown option, argument out of range. */
  usage: 2,
  interrupted: 130,
} as const;

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

/** The abort reason of a closed stdout, as when the reader of a pipe has seen enough. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

/** True for what only says that the signal was obeyed. Anything else that fails after an abort, such as saving, has a cause of its own. */
export function isAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || HasheeError.isInstance(error, 'ABORTED'));
}

export function exitCodeOf(error: unknown, signal: AbortSignal): number {
  if (isAbort(error, signal)) {
    if (signal.reason instanceof OutputClosed) return ExitCode.ok;
    if (signal.reason instanceof Interrupted) return signal.reason.exitCode;
  }
  return HasheeError.isInstance(error, 'INVALID_ARGUMENT') ? ExitCode.usage : ExitCode.failure;
}
