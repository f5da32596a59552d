import { runProgram } from '@hashee/terminal';
import type { Context } from './context.js';
import { createProgram } from './program.js';

/**
 * Runs the `hashee-compare` command inside this process.
 * @param words what stands behind it on the command line
 * @returns the exit code; nothing is thrown
 */
export function runCompare(words: readonly string[], context: Context): Promise<number> {
  return runProgram(createProgram(context), words, context, {
    interrupted: 'Interrupted. Finished cells are kept; the same command goes on.',
  });
}
