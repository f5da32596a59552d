import { CommanderError } from 'commander';
import type { Context } from './context.js';
import { ExitCode } from './exit-code.js';
import { createProgram } from './program.js';
import { reportError } from './report-error.js';

/**
 * Runs the `hashee` command inside this process.
 * @param words what stands behind `hashee` on the command line
 * @returns the exit code; nothing is thrown
 */
export async function runHashee(words: readonly string[], context: Context): Promise<number> {
  try {
    await createProgram(context).parseAsync(words, { from: 'user' });
    return context.signal.aborted ? reportError(context.signal.reason, context, false) : ExitCode.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    return reportError(error, context, words.includes('--debug'));
  }
}
