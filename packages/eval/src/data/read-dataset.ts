import { HasheeError } from '@hashee/core';
import type { DataKind, Dataset, ExampleOfKind } from './example.js';
import { invalidData } from './invalid-data.js';
import { LabelSet } from './label-set.js';
import { type RawExample, rawExamples } from './raw-example.js';
import type { ReadOptions } from './read-options.js';

/**
 * Reads a file of examples: TSV without quoting, CSV, JSON lines, or a token a line for tagged sentences.
 *
 * @throws HasheeError `NOT_FOUND`, `IO`, `INVALID_ARGUMENT` (options), `INVALID_DATA` (with file, line and column),
 * `ABORTED`
 */
export async function readDataset<Kind extends DataKind = 'sequence-classification'>(
  file: string,
  options: ReadOptions<Kind> = {},
): Promise<Dataset<Kind>> {
  const kind = options.kind ?? ('sequence-classification' as Kind);
  const given = options.labels ? new LabelSet(options.labels) : undefined;
  const values = new Set<string>();
  const raw: RawExample[] = [];
  const examples: ExampleOfKind[DataKind][] = [];
  for await (const example of rawExamples(file, kind, options)) {
    // With given labels each row is checked at once: the first bad line ends the reading.
    if (given) examples.push(example.resolve(given));
    else raw.push(example);
    for (const value of example.labelValues) values.add(value);
  }
  if (raw.length + examples.length === 0)
    throw invalidData({ file }, 'the file has no examples. Expected a header line and at least one row.');
  const labels = given ?? defaultLabels(file, kind, values, options);
  for (const example of raw) examples.push(example.resolve(labels));
  return { file, kind, labels: labels.names, examples: examples as ExampleOfKind[Kind][] };
}

/**
 * The examples of a file one by one, for files that don't fit into memory.
 * @throws HasheeError as `readDataset`; `INVALID_ARGUMENT` where classes are to be read but `labels` isn't given
 */
export async function* streamDataset<Kind extends DataKind = 'sequence-classification'>(
  file: string,
  options: ReadOptions<Kind> = {},
): AsyncGenerator<ExampleOfKind[Kind], void, undefined> {
  const kind = options.kind ?? ('sequence-classification' as Kind);
  const needed = !options.unlabelled && kind !== 'regression' && kind !== 'generation';
  if (needed && !options.labels)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `Streaming ${kind} needs the labels beforehand: give the option labels, or unlabelled: true to read the texts only.`,
      { fields: { kind } },
    );
  const labels = new LabelSet(options.labels ?? []);
  for await (const example of rawExamples(file, kind, options)) yield example.resolve(labels) as ExampleOfKind[Kind];
}

function defaultLabels(file: string, kind: DataKind, values: ReadonlySet<string>, options: ReadOptions): LabelSet {
  if (kind === 'regression') return new LabelSet(['score']);
  const { columns } = options;
  return LabelSet.discover(file, values, (kind === 'token-classification' ? columns?.tags : columns?.label) ?? 'label');
}
