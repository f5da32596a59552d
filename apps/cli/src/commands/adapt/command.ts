import { Command, Option } from 'commander';
import { examples, integer, number } from '../../command-options.js';
import type { Context } from '../../context.js';
import { addHashOptions } from '../../table/hash-options.js';
import type { AdaptCommandOptions } from './adapt.js';

/** `hashee adapt` */
export function adaptCommand(context: Context): Command {
  const command = new Command('adapt')
    .description('Get a pretrained encoder used to exits, with texts that need no labels, before it is fine-tuned.')
    .requiredOption('-m, --model <folder>', 'pretrained encoder: folder or Hugging Face id')
    .requiredOption('-o, --output <folder>', 'where the encoder goes; must not exist yet')
    .requiredOption('--texts <files...>', 'texts: .tsv, .csv, .jsonl or .conll, else one text a line')
    .option('--overwrite', 'replace the output folder if it exists')
    .option('--text-column <names>', 'column of the text, by name or (TSV) number; two for pairs, as in a,b')
    .option('--limit <n>', 'take at most n of the texts, drawn with the seed', integer(1, 1e9))
    .option(
      '--hash <name>',
      "frequency, random-consistent, clustered, uniform, or a table file or a model with a table (default: the model's table, else frequency)",
    );
  return addHashOptions(command)
    .option('--epochs <n>', 'times through the texts', integer(1, 10_000), 1)
    .option('-b, --batch-size <n>', 'texts in a batch', integer(1, 65_536), 32)
    .option('-l, --learning-rate <rate>', 'the highest; it rises and falls linearly', number(0, 1), 2e-4)
    .option('--seed <n>', 'of drawn texts, batches and random hashes', integer(0, 2 ** 32 - 1), 42)
    .option('--max-length <tokens>', 'cut longer texts (default: what the model takes)', integer(5, 1 << 20))
    .option('-t, --threads <n>', 'threads inside an operator (default: one a core)', integer(1, 1024))
    .addOption(new Option('--dtype <type>', 'how weights are saved').choices(['fp32', 'fp16', 'q8']).default('fp32'))
    .option('--run-dir <folder>', 'log and checkpoints (default: the output folder with .run behind it, until it ends)')
    .addOption(new Option('--resume', 'insist on going on with an interrupted run').conflicts('restart'))
    .option('--restart', 'forget an interrupted run')
    .option('--revision <name>', 'branch, tag or commit of a Hugging Face model')
    .option('--offline', 'take Hugging Face models from the cache only')
    .option('-j, --json', 'print the outcome as one JSON object')
    .option('-q, --quiet', 'no progress')
    .option('--debug', 'show the stack of errors')
    .addHelpText(
      'after',
      `
A pretrained encoder has never seen tokens that stop early. Here it learns to say with exits what it says without: once for each
table, for all tasks. The texts should resemble those of the tasks. The result keeps its table; hashee train takes it from there.
Ctrl-C saves the run and stops; the same command goes on from there.
` +
        examples(
          ['hashee adapt --model ./minilm --texts reviews.txt --output ./adapted', 'adapt once, a text a line'],
          ['hashee train --model ./adapted --task sst-2 --data ./data --output ./sst2', 'then fine-tune'],
          [
            'hashee adapt --model ./minilm --texts a.tsv b.jsonl --text-column text --limit 50000 --speedup 3 --output ./adapted',
            'several files, a table for a target',
          ],
          [
            'hashee adapt --model ./minilm --texts reviews.txt --hash ./sst2 --output ./adapted',
            'to the table of another model',
          ],
        ),
    )
    .action(async (options: AdaptCommandOptions) => {
      const { adaptModel } = await import('./adapt.js');
      await adaptModel(options, context);
    });
}
