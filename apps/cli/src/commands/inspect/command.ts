import { Command } from 'commander';
import { examples } from '../../command-options.js';
import type { Context } from '../../context.js';
import type { InspectOptions } from './inspect.js';

/** `hashee inspect` */
export function inspectCommand(context: Context): Command {
  return new Command('inspect')
    .description('Look into a model: sizes, heads, exit table, where it comes from, and what is wrong with it.')
    .argument('[model]', 'model folder or Hugging Face id (default: sentiment of English sentences)')
    .option('--revision <name>', 'branch, tag or commit of a Hugging Face model')
    .option('--offline', 'take Hugging Face models from the cache only')
    .option('-j, --json', 'one JSON object')
    .option('-q, --quiet', 'no progress')
    .option('--debug', 'show the stack of errors')
    .addHelpText(
      'after',
      examples(
        ['hashee inspect ./my-model', 'a model folder'],
        ['hashee inspect --json | jq .exits', 'the exit table of the default model'],
      ),
    )
    .action(async (model: string | undefined, options: Omit<InspectOptions, 'model'>) => {
      const { inspect } = await import('./inspect.js');
      await inspect({ ...options, model }, context);
    });
}
