import { HasheeError, systemError } from '@hashee/core';
import type { Context } from './context.js';
import { ExitCode, exitCodeOf, Interrupted, isAbort } from './exit-code.js';
import { printable } from './terminal/printable.js';
import { paintFor } from './terminal/style.js';

/** Says on stderr what went wrong, in one line, and answers with the exit code. */
export function reportError(error: unknown, context: Context, debug: boolean): number {
  const { signal, stderr, env } = context;
  const code = exitCodeOf(error, signal);
  if (code === ExitCode.ok) return code;
  const aborted = isAbort(error, signal);
  const paint = paintFor(stderr, env);
  if (aborted && signal.reason instanceof Interrupted) {
    stderr.write(`${paint('yellow', 'Interrupted.')}\n`);
    return code;
  }
  // An abort that isn't a Ctrl-C is a stdout that can't be written.
  const shown = aborted ? systemError(signal.reason, 'write', 'standard output') : error;
  const known = HasheeError.isInstance(shown);
  const text = known ? shown.message : `Unexpected error: ${shown instanceof Error ? shown.message : shown}`;
  const message = text.split('\n').map(printable).join('\n');
  const label = known ? ` (${shown.code})` : '';
  stderr.write(`${paint(['bold', 'red'], 'hashee:')} ${message}${paint('dim', label)}\n`);
  if (debug) stderr.write(`${stacks(shown)}\n`);
  else if (!known) stderr.write('Run it again with --debug for details.\n');
  return code;
}

function stacks(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stacks(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
