import { Command, InvalidArgumentError, Option } from 'commander';
import { examples, integer } from '../../command-options.js';
import type { Context } from '../../context.js';
import { dtypeOption, engineOption, runtimeOption } from '../../model/runtime-options.js';
import type { BenchOptions } from './bench.js';

/** Parser for an option that takes whole numbers between commas. */
function integers(low: number, high: number): (text: string) => number[] {
  const parse = integer(low, high);
  return (text) => {
    const values = text.split(',').map(parse);
    if (new Set(values).size < values.length) throw new InvalidArgumentError('Expected each number once.');
    return values;
  };
}

/** `hashee bench` */
export function benchCommand(context: Context): Command {
  return new Command('bench')
    .description('Measure what the exits gain: the model with its exit table against the same weights without it.')
    .argument('[file]', 'texts: .tsv, .csv or .jsonl, else one text a line (default: the dev set of --task)')
    .option('-m, --model <folder>', 'model folder or Hugging Face id (default: sentiment of English sentences)')
    .option('-f, --file <path>', 'the same, as hashee classify has it')
    .option('-c, --text-column <names>', 'column of the text, by name or (TSV) number; two for pairs, as in a,b')
    .option('--task <name>', 'a known task, such as sst-2')
    .option('--data <folder>', 'folder with one folder a task (default: the variable HASHEE_DATA)')
    .option('--limit <n>', 'take the first n texts', integer(1, 1e9))
    .addOption(
      new Option('--what <part>', 'texts to labels with tokenizing, or the forward pass of ready batches')
        .choices(['end-to-end', 'encoder'])
        .default('end-to-end'),
    )
    .addOption(
      new Option('-b, --batch-size <list>', 'texts in a batch, as in 1,8,32')
        .argParser(integers(1, 65_536))
        .default([32], '32'),
    )
    .option('-t, --threads <list>', 'threads inside an operator (default: 1, and one a core)', integers(1, 1024))
    .addOption(runtimeOption())
    .addOption(engineOption())
    .addOption(dtypeOption())
    .option('--rounds <n>', 'timed rounds of each', integer(1, 10_000), 5)
    .option('--warmup <n>', 'rounds before them', integer(0, 10_000), 1)
    .option('--head <name>', 'which head of the model to ask')
    .option('--max-length <tokens>', 'cut longer texts to this many tokens', integer(5, 1 << 20))
    .option('--revision <name>', 'branch, tag or commit of a Hugging Face model')
    .option('--offline', 'take Hugging Face models from the cache only')
    .option('-j, --json', 'print one JSON object instead of the table')
    .option('-o, --output <path>', 'also write the JSON object to a file, all or nothing')
    .option('-q, --quiet', 'no progress')
    .option('--debug', 'show the stack of errors')
    .addHelpText(
      'after',
      `
Both sides are loaded in one process and take turns at slices of the texts, a few batches each; their sessions don't spin while
they wait. The speed-up is the median over all pairs of turns, so it hardly feels a machine that gets slower or faster
meanwhile; its 95 % confidence interval says how sure it is. The dense side is the same weights without the table; like the
other one it computes in the last layer only what the head reads. Let nothing else run meanwhile.
` +
        examples(
          ['hashee bench --task sst-2 --data ./data', 'the default model on one thread, then on all cores'],
          ['hashee bench reviews.txt --model ./mine --batch-size 1,8,32 --threads 1', "one's own model and texts"],
          ['hashee bench --task sst-2 --data ./data --what encoder --output bench.json', 'without tokenizing; kept'],
        ),
    )
    .action(async (file: string | undefined, options: BenchOptions) => {
      const { bench } = await import('./bench.js');
      await bench(file, options, context);
    });
}
