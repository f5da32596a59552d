import { type Command, Option } from 'commander';
import { integer } from '../command-options.js';

/** How sources with their summaries are read and compared. */
export interface PairOptions {
  readonly task?: string | undefined;
  readonly sourceColumn?: string | undefined;
  readonly targetColumn?: string | undefined;
  readonly rouge?: RougeWords | undefined;
  readonly maxTarget?: number | undefined;
}

/** How ROUGE cuts texts: English words with stemming, words as they are, or characters. */
export type RougeWords = 'english' | 'words' | 'characters';

/** Adds the options of `PairOptions` but for `--task`. */
export function addPairOptions(command: Command): Command {
  return command
    .option('--source-column <name>', 'summarisation: column of the source (default: source)')
    .option('--target-column <name>', 'summarisation: column of the summary (default: target)')
    .option('--max-target <tokens>', 'summarisation: longest summary (default: 128)', integer(3, 1 << 20))
    .addOption(
      new Option(
        '--rouge <units>',
        'summarisation: what ROUGE compares (default: characters for Chinese, else english)',
      ).choices(['english', 'words', 'characters']),
    );
}
