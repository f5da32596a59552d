import { Command, InvalidArgumentError, Option } from 'commander';
import type { BenchOptions } from './bench.js';
import type { Context } from './context.js';
import { ORDERS } from './measure/plan-work.js';
import { SHAPES } from './models/prepare-model.js';
import { BENCH_TASKS } from './models/task-texts.js';
import { DEFAULT_CACHE } from './report/command-of.js';

/** The `hashee-bench` command line. What it does is loaded when it runs. */
export function createProgram(context: Context): Command {
  const program = new Command('hashee-bench')
    .description(
      'Times HashEE, dense encoders and their peers against each other, in turns, on the same weights and texts.',
    )
    .addOption(
      new Option('--shape <name>', 'the default model, or BERT-base with random weights')
        .choices(SHAPES)
        .default('default'),
    )
    .option('-m, --model <folder>', 'another model folder, with an exit table')
    .addOption(new Option('--task <name>', 'whose dev texts').choices(BENCH_TASKS).default('sst-2'))
    .option('--data <folder>', 'folder with one folder a task (default: HASHEE_DATA)')
    .addOption(
      new Option('--what <part>', 'texts to labels with tokenizing, or ready batches of tokens')
        .choices(['texts', 'tokens'])
        .default('texts'),
    )
    .option('--rows <list>', 'which ones; * stands for anything (default: all but tfjs-*)', list, [
      'hashee-*',
      'dense-*',
      'onnxruntime-*',
      'padded-*',
      'transformers-*',
      'pytorch-*',
    ])
    .option('-b, --batch-size <list>', 'texts in a batch', integers, [32])
    .option('-t, --threads <list>', 'threads inside an operator, one setting each (0: none)', integersFromZero, [1])
    .option('-w, --workers <list>', 'worker threads with one thread each, further settings', integers, [])
    .addOption(
      new Option('--order <list>', 'texts of like length together, or as they come')
        .argParser(orders)
        .default(['sorted'], 'sorted'),
    )
    .option('--limit <n>', 'about so many texts a round', integer, 256)
    .option('--rounds <n>', 'timed rounds of each row', integer, 5)
    .option('--seconds <n>', 'under each setting, begin no further round after so many', integer)
    .option('--warmup <n>', 'rounds before them', integer, 1)
    .option('--no-fresh', 'leave out loading time and memory, each in a fresh process')
    .option('--only-fresh', 'loading time and memory alone')
    .option('--python <program>', 'a Python with torch and transformers (default: python3)')
    .option('--cache <folder>', "models that are made for this, and the peers' files", DEFAULT_CACHE)
    .option('--seed <n>', 'of random weights', integer, 1)
    .option('-o, --output <file>', 'also write JSON')
    .option('--chart <file>', 'also draw an SVG')
    .option('-j, --json', 'print JSON instead of tables')
    .option('-q, --quiet', 'no progress')
    .option('--debug', 'show the stack of errors')
    .showHelpAfterError('Add --help for the options.')
    .action(async (options: BenchOptions) => {
      const { bench } = await import('./bench.js');
      await bench(options, context);
    });
  return program;
}

function list(text: string): string[] {
  return text.split(',').map((word) => word.trim());
}

function wholeNumber(text: string, low: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < low || value > 1e9)
    throw new InvalidArgumentError(`Expected a whole number from ${low}.`);
  return value;
}

function integer(text: string): number {
  return wholeNumber(text, 1);
}

function integers(text: string): number[] {
  return list(text).map(integer);
}

function integersFromZero(text: string): number[] {
  return list(text)
    .map((each) => wholeNumber(each, 0))
    .filter((value) => value > 0);
}

function orders(text: string): string[] {
  const values = list(text);
  if (values.some((value) => !ORDERS.some((order) => order === value)))
    throw new InvalidArgumentError(`Expected ${ORDERS.join(', ')}, or both.`);
  return values;
}
