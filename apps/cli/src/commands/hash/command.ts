import { Command } from 'commander';
import { examples, integer } from '../../command-options.js';
import type { Context } from '../../context.js';
import { addDataOptions } from '../../data/data-options.js';
import { addHashOptions } from '../../table/hash-options.js';
import type { HashBuildOptions } from './build.js';
import type { HashInspectOptions } from './inspect.js';

/** `hashee hash` */
export function hashCommand(context: Context): Command {
  return new Command('hash')
    .description('Build exit tables, and see what they do to texts.')
    .addCommand(buildCommand(context))
    .addCommand(inspectCommand(context));
}

function buildCommand(context: Context): Command {
  const command = new Command('build')
    .description('Give every entry of a vocabulary its exit layer, by a hash over a corpus.')
    .argument('[corpus]', 'training texts: .txt (a text a line), .tsv, .csv or .jsonl; - is standard input')
    .requiredOption('-m, --model <folder>', 'model folder or Hugging Face id: its tokenizer and its layers')
    .option('--dev <file>', 'further texts; the frequency hash counts them too')
    .option(
      '--hash <name>',
      'frequency, mutual-information (needs labels), random-consistent, clustered or uniform',
      'frequency',
    )
    .option('-o, --output <path>', 'write the table to a file, such as sst2.table.json');
  return addDataOptions(addHashOptions(command))
    .option('--seed <n>', 'of the random and clustered hashes', integer(0, 2 ** 32 - 1), 42)
    .option('--source-column <name>', 'of encoder-decoders: column of the source (default: source)')
    .option('--max-length <tokens>', 'cut longer texts (default: what the model takes)', integer(5, 1 << 20))
    .option('--revision <name>', 'branch, tag or commit of a Hugging Face model')
    .option('--offline', 'take Hugging Face models from the cache only')
    .option('-j, --json', 'print what the table does as JSON')
    .option('-q, --quiet', 'no progress')
    .option('--debug', 'show the stack of errors')
    .addHelpText(
      'after',
      examples(
        ['hashee hash build reviews.txt --model ./minilm --output reviews.table.json', 'frequent words leave first'],
        ['hashee hash build --task sst-2 --model ./minilm --speedup 4', 'as late as 4 times less work allows'],
        ['hashee hash build train.tsv --model ./minilm --hash mutual-information --buckets 3', 'telling words first'],
      ),
    )
    .action(async (corpus: string | undefined, options: HashBuildOptions) => {
      const { buildHash } = await import('./build.js');
      await buildHash(corpus, options, context);
    });
}

function inspectCommand(context: Context): Command {
  const command = new Command('inspect')
    .description('Count what an exit table does to a corpus.')
    .argument('<table>', 'table file, or the folder of a model with a table')
    .argument('[corpus]', 'texts: .txt (a text a line), .tsv, .csv or .jsonl; - is standard input')
    .option('-m, --model <folder>', 'model folder or Hugging Face id that a table file is for');
  return addDataOptions(command)
    .option('--source-column <name>', 'of encoder-decoders: column of the source (default: source)')
    .option('--max-length <tokens>', 'cut longer texts (default: what the model takes)', integer(5, 1 << 20))
    .option('--revision <name>', 'branch, tag or commit of a Hugging Face model')
    .option('--offline', 'take Hugging Face models from the cache only')
    .option('-j, --json', 'print the report as JSON')
    .option('-q, --quiet', 'no progress')
    .option('--debug', 'show the stack of errors')
    .addHelpText(
      'after',
      examples(
        ['hashee hash inspect reviews.table.json reviews.txt --model ./minilm', 'a table file on a text file'],
        ['hashee hash inspect ./my-summarizer --task cnndm', 'the sources of a task, for an encoder-decoder'],
        ['hashee hash inspect ./my-model --task sst-2', "a model's table on the dev set of a task"],
      ),
    )
    .action(async (table: string, corpus: string | undefined, options: HashInspectOptions) => {
      const { inspectHash } = await import('./inspect.js');
      await inspectHash(table, corpus, options, context);
    });
}
