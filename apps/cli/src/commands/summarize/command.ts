import { Command } from 'commander';
import { examples, integer } from '../../command-options.js';
import type { Context } from '../../context.js';
import { dtypeOption } from '../../model/runtime-options.js';
import { addGenerationOptions } from './generation-options.js';
import type { SummarizeOptions } from './summarize.js';

/** `hashee summarize` */
export function summarizeCommand(context: Context): Command {
  const command = new Command('summarize')
    .description('Summarise texts with an encoder-decoder: from the command line, a file, or standard input.')
    .argument('[texts...]', 'texts to summarise')
    .requiredOption('-m, --model <folder>', 'folder or Hugging Face id of an encoder-decoder (BART, CPT)')
    .option(
      '-f, --file <path>',
      'read texts from a file: .tsv, .csv or .jsonl, else one text a line; - is standard input',
    )
    .option('--whole', 'the file, or standard input, is one text of many lines')
    .option('-c, --text-column <name>', 'column of the text, by name or (TSV) number; makes standard input a TSV')
    .option('--skip-empty', 'leave empty lines out instead of refusing them')
    .option('--revision <name>', 'branch, tag or commit of a Hugging Face model')
    .option('--offline', 'take Hugging Face models from the cache only');
  return addGenerationOptions(command)
    .option('--max-length <tokens>', 'cut longer texts to this many tokens', integer(5, 1 << 20))
    .option('-j, --json', 'one JSON object a line')
    .option('-e, --explain', 'show the exit layer of every source token')
    .option('-o, --output <path>', 'write results to a file, all or nothing')
    .option('-b, --batch-size <n>', 'texts in a batch (default: 8; on a terminal 1)', integer(1, 65_536))
    .option('-t, --threads <n>', 'threads inside an operator (default: one a core)', integer(1, 1024))
    .addOption(dtypeOption())
    .option('--dense', 'run every token through all layers')
    .option('-q, --quiet', 'no progress and no closing line')
    .option('--debug', 'show the stack of errors')
    .addHelpText(
      'after',
      `
What isn't said is as the model's generation_config.json has it. Without beams a terminal shows tokens as they are chosen.
` +
        examples(
          ['hashee summarize --model ./my-summarizer --whole --file article.txt', 'an article'],
          [
            'hashee summarize -m ./my-summarizer --beams 4 --max-tokens 142 --block-repeats 3 "A long story ..."',
            'beam search',
          ],
          [
            'hashee summarize -m ./my-summarizer -f articles.jsonl -c body --json -o summaries.jsonl',
            'a file of articles',
          ],
          ['cut -f2 articles.tsv | hashee summarize -m ./my-summarizer', 'in a pipe, one text a line'],
          ['hashee summarize -m ./my-summarizer --explain "A long story ..."', 'see which source tokens leave early'],
        ),
    )
    .action(async (texts: string[], options: SummarizeOptions) => {
      const { summarize } = await import('./summarize.js');
      await summarize(texts, options, context);
    });
}
