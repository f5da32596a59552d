import { Command } from 'commander';
import { examples, integer } from '../../command-options.js';
import type { Context } from '../../context.js';
import type { BenchOptions } from './bench.js';

/** `hashee bench` */
export function benchCommand(context: Context): Command {
  return new Command('bench')
    .description('Measure how much faster a model classifies with its exits than the same weights without.')
    .argument('[file]', 'texts: .tsv, .csv or .jsonl, else one text a line (default: the dev set of --task)')
    .option('-m, --model <folder>', 'model folder or Hugging Face id (default: sentiment of English sentences)')
    .option('--task <name>', 'a known task, such as sst-2')
    .option('--data <folder>', 'folder with one folder a task (default: the variable HASHEE_DATA)')
    .option('-c, --column <names>', 'column of the text, by name or (TSV) number; two for pairs, as in a,b')
    .option('-b, --batch-size <n>', 'texts in a batch', integer(1, 65_536), 32)
    .option('--max-length <tokens>', 'cut longer texts (default: what the model takes)', integer(5, 1 << 20))
    .option('-t, --threads <n>', 'threads inside an operator', integer(1, 1024), 1)
    .option('-r, --rounds <n>', 'times that each of the two goes through all texts, in turn', integer(1, 1000), 5)
    .option('--revision <name>', 'branch, tag or commit of a Hugging Face model')
    .option('--offline', 'take Hugging Face models from the cache only')
    .option('-j, --json', 'one JSON object with all rounds and the machine')
    .option('-q, --quiet', 'no progress')
    .option('--debug', 'show the stack of errors')
    .addHelpText(
      'after',
      `
Both run in one process, in turn, after one round each that isn't counted; medians are compared. Tokenizing is part of the
time; the second figure leaves it out. Let nothing else run meanwhile: the spread over the rounds shows whether something did.
` +
        examples(
          ['hashee bench --task sst-2 --data ./data --threads 1', 'the default model on the dev set of a task'],
          ['hashee bench reviews.txt --model ./my-model --rounds 9 --json', "one's own model and texts"],
        ),
    )
    .action(async (file: string | undefined, options: BenchOptions) => {
      const { bench } = await import('./bench.js');
      await bench(file, options, context);
    });
}
