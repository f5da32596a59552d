import { runProgram } from '@hashee/terminal';
import type { Context } from './context.js';
import { createProgram } from './program.js';

/**
 * Runs the `hashee-bench` command inside this process.
 * @param words what stands behind it on the command line
 * @returns the exit code; nothing is thrown
 */
export function runBench(words: readonly string[], context: Context): Promise<number> {
  return runProgram(createProgram(context), words, context);
}
