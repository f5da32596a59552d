import { Command, InvalidArgumentError } from 'commander';
import type { CellOptions, GridOptions } from './commands/grid-options.js';
import type { ReportOptions } from './commands/report.js';
import type { Context } from './context.js';

/** The `hashee-compare` command line. What a command does is loaded when it runs. */
export function createProgram(context: Context): Command {
  const program = new Command('hashee-compare')
    .description('Compares early-exit methods on one encoder, the same data and the same machine, cell by cell.')
    .showHelpAfterError('Add --help for the options of a command.')
    .configureHelp({ showGlobalOptions: false });
  withGrid(program.command('plan'), 'List the cells of a grid with the time they will take.').action(
    async (grid: string, options: GridOptions) => {
      const { plan } = await import('./commands/plan.js');
      await plan(grid, options, context);
    },
  );
  withGrid(
    program.command('run'),
    'Make the cells that have no result yet. Ctrl-C stops; the same command goes on.',
  ).action(async (grid: string, options: GridOptions) => {
    const { run } = await import('./commands/run.js');
    await run(grid, options, context);
  });
  withGrid(program.command('cell'), 'Make one cell again and compare it with its result.')
    .argument('<id>', 'such as sst-2.hashee-frequency.2x.seed-1')
    .option('--keep', 'write its result in place of the one that is there')
    .option('--fresh', 'train anew, also where its training is kept; that stays unless --keep is given')
    .action(async (grid: string, id: string, options: CellOptions) => {
      const { remakeCell } = await import('./commands/cell.js');
      await remakeCell(grid, id, options, context);
    });
  program
    .command('report')
    .description('Write tables, plots and the web page beside the results of a grid.')
    .argument('<folder>', 'results folder')
    .option('--no-page', 'tables and plots only')
    .option('--debug', 'show the stack of errors')
    .action(async (folder: string, options: ReportOptions) => {
      const { report } = await import('./commands/report.js');
      await report(folder, options, context);
    });
  program
    .command('difficulty')
    .description('Write the web page of the study that `hashee difficulty` runs, beside its results.')
    .argument('<folder>', 'results folder, such as results/difficulty')
    .option('--debug', 'show the stack of errors')
    .action(async (folder: string) => {
      const { difficulty } = await import('./commands/difficulty.js');
      await difficulty(folder, context);
    });
  return program;
}

function withGrid(command: Command, description: string): Command {
  return command
    .description(description)
    .argument('<grid>', 'grid file')
    .option('--data <folder>', 'folder that holds one folder a task (default: HASHEE_DATA)')
    .option('-o, --output <folder>', 'results (default: results/ and the name of the grid file)')
    .option('-w, --work <folder>', 'trained models and unfinished trainings', '.cache/compare')
    .option('--encoder <folder>', "in place of the grid's")
    .option('--tasks <list>', 'only these', list)
    .option('--methods <list>', 'only these', list)
    .option('--seeds <list>', 'only these', list)
    .option('-t, --threads <n>', "in place of the grid's", threads)
    .option('--keep-models', 'keep every trained model, not the dense ones only')
    .option('-q, --quiet', 'no progress')
    .option('--debug', 'show the stack of errors');
}

function list(text: string): string[] {
  return text.split(',').map((word) => word.trim());
}

function threads(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1024)
    throw new InvalidArgumentError('Expected a whole number from 1 to 1024.');
  return value;
}
