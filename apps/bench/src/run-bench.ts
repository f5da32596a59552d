import { HasheeError } from '@hashee/core';
import { CommanderError } from 'commander';
import type { Context } from './context.js';
import { ExitCode, exitCodeOf } from './exit-code.js';
import { createProgram } from './program.js';

/**
 * Runs the `hashee-bench` command inside this process.
 * @param words what stands behind it on the command line
 * @returns the exit code; nothing is thrown
 */
export async function runBench(words: readonly string[], context: Context): Promise<number> {
  try {
    await createProgram(context).parseAsync(words, { from: 'user' });
    return ExitCode.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    const code = exitCodeOf(error, context.signal);
    if (code >= 128) context.stderr.write('Interrupted.\n');
    else {
      const text = error instanceof Error ? error.message : String(error);
      const known = HasheeError.isInstance(error);
      context.stderr.write(
        `hashee-bench: ${known ? text : `Unexpected error: ${text}`}${known ? ` (${error.code})` : ''}\n`,
      );
      if (words.includes('--debug')) context.stderr.write(`${stacks(error)}\n`);
    }
    return code;
  }
}

function stacks(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stacks(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
