import { Command, Option } from 'commander';
import { examples, integer, number } from '../../command-options.js';
import type { Context } from '../../context.js';
import { addDataOptions } from '../../data/data-options.js';
import { engineOption, runtimeOption } from '../../model/runtime-options.js';
import { addPairOptions } from '../../summarization/pair-options.js';
import { addHashOptions } from '../../table/hash-options.js';
import type { TrainCommandOptions } from './train.js';

/** `hashee train` */
export function trainCommand(context: Context): Command {
  const command = new Command('train')
    .description(
      'Fine-tune an encoder, or an encoder-decoder, that exits early: the exit table is at work in training as in inference.',
    )
    .requiredOption('-m, --model <folder>', 'pretrained encoder or fine-tuned model: folder or Hugging Face id')
    .requiredOption('-o, --output <folder>', 'where the model goes; must not exist yet')
    .option('--overwrite', 'replace the output folder if it exists')
    .option('--train <file>', 'labelled training data: .tsv, .csv, .jsonl, or .conll for tags')
    .option('--dev <file>', 'labelled data that chooses the best weights');
  addDataOptions(command).option(
    '--hash <name>',
    "frequency, mutual-information, random-consistent, clustered, uniform, none (all layers for all tokens), or a table file or a model with a table (default: the model's table, else frequency)",
  );
  addPairOptions(addHashOptions(command))
    .option(
      '--label-smoothing <share>',
      'summarisation: the share of a label that all tokens get (default: 0.1)',
      number(0, 0.99),
    )
    .option(
      '--decoder-layers <n>',
      'summarisation: of the decoder that an encoder gets (default: half of its own)',
      integer(1, 255),
    )
    .option(
      '--copying <n>',
      'summarisation: teach the decoder that an encoder gets to read, by n spans of the sources to copy; train the result on summaries next',
      integer(1, 10_000_000),
    );
  return command
    .option('--teacher <folder>', 'model whose answers the new one should also match (distillation)')
    .option('--epochs <n>', 'times through the training data', integer(1, 10_000), 4)
    .option('-b, --batch-size <n>', 'texts in a batch', integer(1, 65_536), 32)
    .option('--accumulate <n>', 'batches that make one update', integer(1, 65_536), 1)
    .option('-l, --learning-rate <rate>', 'the highest; it rises and falls linearly', number(0, 1), 5e-5)
    .option('--warmup <share>', 'share of the updates in which the learning rate rises', number(0, 1), 0.1)
    .option('--weight-decay <rate>', 'of AdamW; never on biases and LayerNorm', number(0, 1), 0.01)
    .option('--dropout <p>', "instead of the model's; 0 switches it off", number(0, 0.99))
    .option('--patience <n>', 'stop after n evaluations without a better one', integer(1, 10_000))
    .option('--evaluate-every <updates>', 'evaluate on dev this often (default: every epoch)', integer(1, 1e9))
    .option('--seed <n>', 'of batches, dropout, new heads and random hashes', integer(0, 2 ** 32 - 1), 42)
    .option(
      '--max-length <tokens>',
      "cut longer texts (default: the task's, else what the model takes)",
      integer(5, 1 << 20),
    )
    .option('-t, --threads <n>', 'threads inside an operator (default: one a core)', integer(1, 1024))
    .addOption(runtimeOption())
    .addOption(engineOption())
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
For summaries (--task summarization, cnndm or csl) the files have a column of sources and one of targets, --model is an encoder-decoder
or an encoder that gets a decoder, and ROUGE of summaries without beams chooses the weights.

Ctrl-C saves the run and stops; the same command goes on from there, with the same result as if it hadn't been stopped.
` +
        examples(
          [
            'hashee train --task sst-2 --data ./data --model ./minilm --output ./sst2',
            'sentiment, frequent words leave first',
          ],
          [
            'hashee train --train train.tsv --dev dev.tsv --model ./minilm --output ./mine --speedup 4',
            "one's own data",
          ],
          [
            'hashee train --task mrpc --model ./minilm --output ./mrpc-dense --hash none',
            'the dense model, to compare',
          ],
          [
            'hashee train --task summarization --train train.tsv --dev dev.tsv --model ./bart-base --output ./mine --speedup 3',
            'summaries',
          ],
          [
            'hashee train --task mrpc --model ./mrpc-dense --teacher ./mrpc-dense --output ./mrpc --hash frequency',
            'taught by it',
          ],
        ),
    )
    .action(async (options: TrainCommandOptions) => {
      const { trainModel } = await import('./train.js');
      await trainModel(options, context);
    });
}
