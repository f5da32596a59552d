import { Command, InvalidArgumentError, Option } from 'commander';
import { examples, integer } from '../../command-options.js';
import type { Context } from '../../context.js';
import type { DifficultyOptions } from './difficulty.js';

const PARTS = ['human', 'sentence', 'given', 'token', 'exits'] as const;

function seeds(text: string): number[] {
  const values = text.split(',').map(integer(0, 2 ** 31 - 1));
  if (new Set(values).size < values.length) throw new InvalidArgumentError('Expected each seed once.');
  return values;
}

function parts(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) throw new InvalidArgumentError(`Expected some of ${PARTS.join(', ')}; got ${unknown}.`);
  return names;
}

/** `hashee difficulty` */
export function difficultyCommand(context: Context): Command {
  return new Command('difficulty')
    .description('Run the study behind the method: can the difficulty of an instance be learned?')
    .option('-m, --model <folder>', 'pretrained encoder: folder or Hugging Face id; --tables needs none')
    .option('-o, --output <folder>', 'results, one file a part and seed; tables go beside it', 'results/difficulty')
    .option('--data <folder>', 'folder with one folder a task (default: the variable HASHEE_DATA)')
    .option('-w, --work <folder>', 'trainings and predictions, so that a stopped study goes on', '.cache/difficulty')
    .addOption(
      new Option('--size <name>', 'how much of everything').choices(['full', 'small', 'smoke']).default('small'),
    )
    .option('--settings <file>', 'JSON object in place of --size; --print-settings shows one')
    .option('--print-settings', 'print the settings and stop')
    .addOption(new Option('--seeds <list>', 'one study each').argParser(seeds).default([1, 2, 3], '1,2,3'))
    .option('--parts <list>', `only these of ${PARTS.join(', ')}`, parts)
    .option('--tables', 'only rewrite the tables, from the results in --output alone')
    .option('-t, --threads <n>', 'threads inside an operator (default: one a core)', integer(1, 1024))
    .option('--revision <name>', 'branch, tag or commit of a Hugging Face model')
    .option('--offline', 'take Hugging Face models from the cache only')
    .option('-j, --json', 'print what the tables hold as one JSON object')
    .option('-q, --quiet', 'no progress')
    .option('--debug', 'show the stack of errors')
    .addHelpText(
      'after',
      `
Parts: human (pairs on which annotators disagreed), sentence and token (which exits of a model are right, annotated here), given
(the same as published, of a model with 12 layers), exits (an oracle, learned exits and hashes at the same cost; consistency).
They need the tasks snli, snli-human-difficulty, snli-model-difficulty and wnut17-ner. The size "small" takes about
half an hour a seed on one core that is free, "full" many hours.

Ctrl-C stops after the update at hand; the same command goes on. A result is written whole or not at all, and made again only
where encoder, data or settings have changed. Tables and what they say are written to <output>.md, all from the results.
` +
        examples(
          ['hashee difficulty --model ./minilm --data ./data', 'the study with three seeds'],
          ['hashee difficulty --model ./minilm --data ./data --parts human,token --seeds 1', 'a part of it'],
          ['hashee difficulty --tables', 'the tables again'],
          ['hashee difficulty --size small --print-settings > sizes.json', 'a file for --settings'],
        ),
    )
    .action(async (options: DifficultyOptions) => {
      const { difficulty } = await import('./difficulty.js');
      await difficulty(options, context);
    });
}
