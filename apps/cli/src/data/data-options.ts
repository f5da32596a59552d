import { type Command, Option } from 'commander';

/** Which labelled data a command reads. */
export interface DataOptions {
  readonly task?: string | undefined;
  readonly data?: string | undefined;
  readonly kind?: 'sequence-classification' | 'regression' | 'token-classification' | undefined;
  readonly textColumn?: string | undefined;
  readonly labelColumn?: string | undefined;
  readonly labels?: string | undefined;
}

/** Adds the options of `DataOptions` to a command. */
export function addDataOptions(command: Command): Command {
  return command
    .option(
      '--task <name>',
      'a known task, such as sst-2, mrpc, sts-b, wnut17-ner, cnndm or csl; summarization for files of your own',
    )
    .option('--data <folder>', 'folder with one folder a task (default: the variable HASHEE_DATA)')
    .addOption(
      new Option(
        '--kind <kind>',
        'what the labels of a file are (default: what the model answers, else classes)',
      ).choices(['sequence-classification', 'regression', 'token-classification']),
    )
    .option('--text-column <names>', 'column of the text; two for pairs, as in premise,hypothesis')
    .option('--label-column <name>', 'column of the label')
    .option('--labels <list>', 'names of the labels in order, as in 0=negative,1=positive or no,yes');
}
