import { type Command, Option } from 'commander';
import { integer, number } from '../command-options.js';

/** Which table, and how large the steps. */
export interface HashOptions {
  readonly hash?: string | undefined;
  readonly buckets?: number | undefined;
  readonly speedup?: number | undefined;
  readonly meanExitLayer?: number | undefined;
  readonly exitLayer?: number | undefined;
  readonly seed?: number | undefined;
}

/** Adds the options of `HashOptions` but for `--hash` and `--seed`, which mean more in some commands. */
export function addHashOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--buckets <n>', 'cut the vocabulary into n parts that exit together (default: one a layer)')
        .argParser(integer(1, 255))
        .conflicts(['speedup', 'meanExitLayer']),
    )
    .addOption(
      new Option('--speedup <times>', 'instead of buckets: the latest exits that make it this many times less work')
        .argParser(number(1, 1000))
        .conflicts('meanExitLayer'),
    )
    .option('--mean-exit-layer <layer>', 'instead of buckets: the mean exit layer over all tokens', number(1, 255))
    .option('--exit-layer <layer>', 'of the uniform hash: the layer at which everything exits', integer(1, 255));
}
