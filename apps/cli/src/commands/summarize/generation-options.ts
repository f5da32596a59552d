import { type Command, Option } from 'commander';
import { integer, number } from '../../command-options.js';

const TOKENS = integer(1, 1 << 20);

/** Adds the options of `GenerationFlags` but for `--max-length`, which other commands have too. */
export function addGenerationOptions(command: Command): Command {
  return command
    .option('--beams <n>', 'hypotheses of beam search; 1 takes the best token each time', integer(1, 1024))
    .option('--max-tokens <n>', 'longest summary in tokens', TOKENS)
    .option('--min-tokens <n>', 'no end before so many tokens', integer(0, 1 << 20))
    .option('--block-repeats <n>', 'no sequence of so many tokens occurs twice; 0 allows all', integer(0, 1 << 20))
    .option('--length-penalty <number>', 'more than 0 favours long summaries, with beams', number(-100, 100))
    .addOption(
      new Option(
        '--early-stopping <when>',
        'when beam search is done: as soon as it has enough, when it looks so, surely',
      ).choices(['true', 'false', 'never']),
    )
    .option(
      '--repetition-penalty <number>',
      'above 1: tokens that are there already are less likely',
      number(1e-3, 1e3),
    )
    .option('--sample', 'draw tokens by their probability')
    .option('--temperature <number>', 'of --sample: below 1 is sharper, above 1 flatter', number(1e-3, 1e3))
    .option('--top-k <n>', 'of --sample: from the so many most likely tokens; 0 from all', integer(0, 100_000))
    .option('--top-p <share>', 'of --sample: from the fewest tokens whose probabilities reach this', number(0, 1))
    .option('--seed <n>', 'of --sample: the same seed gives the same summaries', integer(0, 2 ** 32 - 1));
}
