import { Command } from 'commander';
import { examples, integer } from '../../command-options.js';
import type { Context } from '../../context.js';
import { addDataOptions } from '../../data/data-options.js';
import { dtypeOption, engineOption, runtimeOption } from '../../model/runtime-options.js';
import { addPairOptions } from '../../summarization/pair-options.js';
import { addGenerationOptions } from '../summarize/generation-options.js';
import type { EvaluateCommandOptions } from './evaluate.js';

/** `hashee evaluate` */
export function evaluateCommand(context: Context): Command {
  const command = new Command('evaluate')
    .description('Judge a model on labelled data: metrics, exit layers, speed.')
    .argument('[file]', 'labelled data: .tsv, .csv, .jsonl, or .conll for tags (default: the dev set of --task)')
    .option('-m, --model <folder>', 'model folder or Hugging Face id (default: sentiment of English sentences)');
  addGenerationOptions(addPairOptions(addDataOptions(command)));
  return command
    .option('--metrics <names>', 'such as accuracy,f1 (default: those of the task)')
    .option('--head <name>', 'which head of the model to judge')
    .option('--dense', 'run every token through all layers')
    .option('-b, --batch-size <n>', 'texts in a batch (default: 32)', integer(1, 65_536))
    .option(
      '--max-length <tokens>',
      'cut longer texts (default: what the model takes; of a summariser what it was trained on)',
      integer(5, 1 << 20),
    )
    .option('-t, --threads <n>', 'threads inside an operator (default: one a core)', integer(1, 1024))
    .addOption(runtimeOption())
    .addOption(engineOption())
    .addOption(dtypeOption())
    .option('--revision <name>', 'branch, tag or commit of a Hugging Face model')
    .option('--offline', 'take Hugging Face models from the cache only')
    .option('-j, --json', 'one JSON object')
    .option('-q, --quiet', 'no progress')
    .option('--debug', 'show the stack of errors')
    .addHelpText(
      'after',
      examples(
        ['hashee evaluate --task sst-2 --data ./data', 'the default model on the dev set of a task'],
        ['hashee evaluate test.tsv --model ./my-model --json', "a model on one's own file"],
        ['hashee evaluate --task cnndm --model ./my-summarizer --beams 4', 'summaries, by ROUGE'],
        ['hashee evaluate test.tsv --model ./my-model --dense', 'the same weights without early exits'],
      ),
    )
    .action(async (file: string | undefined, options: EvaluateCommandOptions) => {
      const { evaluateModel } = await import('./evaluate.js');
      await evaluateModel(file, options, context);
    });
}
