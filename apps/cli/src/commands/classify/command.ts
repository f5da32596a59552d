import { Command } from 'commander';
import { examples, integer } from '../../command-options.js';
import type { Context } from '../../context.js';
import { dtypeOption, engineOption, runtimeOption } from '../../model/runtime-options.js';
import type { ClassifyOptions } from './classify.js';

/** `hashee classify` */
export function classifyCommand(context: Context): Command {
  return new Command('classify')
    .description('Label texts: from the command line, a file, or standard input (one text a line).')
    .argument('[texts...]', 'texts to classify')
    .option(
      '-f, --file <path>',
      'read texts from a file: .tsv, .csv or .jsonl, else one text a line; - is standard input',
    )
    .option(
      '-c, --text-column <names>',
      'column of the text, by name or (TSV) number; two for pairs, as in a,b; makes standard input a TSV',
    )
    .option('--pair <text>', 'second text, for models that compare two')
    .option('--skip-empty', 'leave empty lines out instead of refusing them')
    .option('-m, --model <folder>', 'model folder or Hugging Face id (default: sentiment of English sentences)')
    .option('--revision <name>', 'branch, tag or commit of a Hugging Face model')
    .option('--offline', 'take Hugging Face models from the cache only')
    .option('--head <name>', 'which head of the model to ask')
    .option('-j, --json', 'one JSON object a line')
    .option('-e, --explain', 'show the exit layer of every token')
    .option('-k, --top-k <n>', 'list the n best labels', integer(1, 100_000))
    .option('-o, --output <path>', 'write results to a file, all or nothing')
    .option('-b, --batch-size <n>', 'texts in a batch (default: 32)', integer(1, 65_536))
    .option('--max-length <tokens>', 'cut longer texts to this many tokens', integer(1, 1 << 20))
    .option('-t, --threads <n>', 'threads inside an operator (default: one a core)', integer(1, 1024))
    .addOption(runtimeOption())
    .addOption(engineOption())
    .addOption(dtypeOption())
    .option('--dense', 'run every token through all layers')
    .option('-q, --quiet', 'no progress and no closing line')
    .option('--debug', 'show the stack of errors')
    .addHelpText(
      'after',
      examples(
        ['hashee classify "A gorgeous, witty, seductive movie."', 'one text'],
        ['hashee classify --explain "Not good, but not bad either."', 'see which tokens leave early'],
        ['hashee classify --file reviews.txt --json --output labels.jsonl', 'a file of texts, one a line'],
        ['hashee classify --file dev.tsv --text-column 2', 'the second column of a TSV without a header'],
        ['cut -f2 reviews.tsv | hashee classify | cut -f1 | sort | uniq -c', 'in a pipe'],
        ['hashee classify --model ./mrpc "It rained." --pair "There was rain."', 'a pair'],
      ),
    )
    .action(async (texts: string[], options: ClassifyOptions) => {
      const { classify } = await import('./classify.js');
      await classify(texts, options, context);
    });
}
