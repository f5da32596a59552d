import { type Command, CommanderError } from 'commander';
import { ExitCode } from './exit-code.js';
import { type ReportOptions, reportError } from './report-error.js';
import type { TerminalContext } from './terminal-context.js';

/**
 * Runs a command inside this process: errors are told on stderr instead of thrown, and everything that commander writes goes
 * through the context's streams.
 * @param words what stands behind the command on the command line
 * @returns the exit code; nothing is thrown
 */
export async function runProgram(
  program: Command,
  words: readonly string[],
  context: TerminalContext,
  options: Omit<ReportOptions, 'debug'> = {},
): Promise<number> {
  configure(program, context);
  const report = (error: unknown, debug: boolean): number =>
    reportError(error, context, { command: program.name(), ...options, debug });
  try {
    await program.parseAsync(words, { from: 'user' });
    return context.signal.aborted ? report(context.signal.reason, false) : ExitCode.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    return report(error, words.includes('--debug'));
  }
}

function configure(command: Command, context: TerminalContext): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => context.stdout.write(text),
    writeErr: (text) => context.stderr.write(text),
    getOutHelpWidth: () => context.stdout.columns ?? 100,
    getErrHelpWidth: () => context.stderr.columns ?? 100,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  for (const child of command.commands) configure(child, context);
}
