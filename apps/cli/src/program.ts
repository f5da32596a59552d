import { Command } from 'commander';
import { examples } from './command-options.js';
import { adaptCommand } from './commands/adapt/command.js';
import { benchCommand } from './commands/bench/command.js';
import { classifyCommand } from './commands/classify/command.js';
import { difficultyCommand } from './commands/difficulty/command.js';
import { doctorCommand } from './commands/doctor/command.js';
import { evaluateCommand } from './commands/evaluate/command.js';
import { exportCommand } from './commands/export/command.js';
import { hashCommand } from './commands/hash/command.js';
import { inspectCommand } from './commands/inspect/command.js';
import { summarizeCommand } from './commands/summarize/command.js';
import { trainCommand } from './commands/train/command.js';
import type { Context } from './context.js';
import { version } from './version.js';

/** The `hashee` command line. What a command does is loaded when it runs. */
export function createProgram(context: Context): Command {
  const program = new Command('hashee')
    .description('BERT-like encoders that exit early: every token runs only as many layers as its exit table says.')
    .version(version(), '-V, --version')
    .showHelpAfterError('Add --help for the options of a command.')
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .addHelpText(
      'after',
      examples(
        ['hashee classify "A gorgeous, witty, seductive movie."', 'classify a text with the default model'],
        ['hashee doctor', 'see what runs on this machine'],
        ['hashee help train', 'see the options of a command'],
      ),
    );
  program
    .addCommand(classifyCommand(context))
    .addCommand(summarizeCommand(context))
    .addCommand(adaptCommand(context))
    .addCommand(trainCommand(context))
    .addCommand(evaluateCommand(context))
    .addCommand(benchCommand(context))
    .addCommand(exportCommand(context))
    .addCommand(hashCommand(context))
    .addCommand(inspectCommand(context))
    .addCommand(difficultyCommand(context))
    .addCommand(doctorCommand(context));
  return program;
}
