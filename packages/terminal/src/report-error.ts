import { HasheeError, systemError } from '@hashee/core';
import { ExitCode, exitCodeOf, Interrupted, isAbort } from './exit-code.js';
import { printable } from './printable.js';
import { paintFor } from './style.js';
import type { TerminalContext } from './terminal-context.js';

export interface ReportOptions {
  /** Its name, before the message. @default 'hashee' */
  readonly command?: string | undefined;
  /** What a Ctrl-C is answered with. @default 'Interrupted.' */
  readonly interrupted?: string | undefined;
  /** Show the stack. @default false */
  readonly debug?: boolean | undefined;
}

/** Says on stderr what went wrong, in one line, and answers with the exit code. */
export function reportError(
  error: unknown,
  { signal, stderr, env }: Omit<TerminalContext, 'stdout'>,
  { command = 'hashee', interrupted = 'Interrupted.', debug = false }: ReportOptions = {},
): number {
  const code = exitCodeOf(error, signal);
  if (code === ExitCode.ok) return code;
  const aborted = isAbort(error, signal);
  const paint = paintFor(stderr, env);
  if (aborted && signal.reason instanceof Interrupted) {
    stderr.write(`${paint('yellow', interrupted)}\n`);
    return code;
  }
  // An abort that isn't a Ctrl-C is a stdout that can't be written.
  const shown = aborted ? systemError(signal.reason, 'write', 'standard output') : error;
  const known = HasheeError.isInstance(shown);
  const text = known ? shown.message : `Unexpected error: ${shown instanceof Error ? shown.message : shown}`;
  const message = text.split('\n').map(printable).join('\n');
  const label = known ? ` (${shown.code})` : '';
  stderr.write(`${paint(['bold', 'red'], `${command}:`)} ${message}${paint('dim', label)}\n`);
  if (debug) stderr.write(`${stacks(shown)}\n`);
  else if (!known) stderr.write('Run it again with --debug for details.\n');
  return code;
}

function stacks(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stacks(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
