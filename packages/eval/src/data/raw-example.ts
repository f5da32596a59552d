import { bitsCell, labelCell, listCell, numberCell, textCell } from './cells.js';
import { type ColumnRoles, findColumns } from './columns.js';
import { csvRows } from './csv-rows.js';
import { formatOf } from './data-format.js';
import type { DataKind, ExampleOfKind } from './example.js';
import { type DataPlace, invalidData } from './invalid-data.js';
import { jsonRows } from './json-rows.js';
import type { LabelSet } from './label-set.js';
import type { ReadOptions } from './read-options.js';
import type { Row } from './row.js';
import { taggedSentences } from './tagged-sentences.js';
import { tsvRows } from './tsv-rows.js';

/** An example whose label is still as the file has it. */
export interface RawExample {
  readonly place: DataPlace;
  /** What classes it names, for finding out which there are. */
  readonly labelValues: readonly string[];
  /** The example with its labels looked up. @throws HasheeError `INVALID_DATA` */
  resolve(labels: LabelSet): ExampleOfKind[DataKind];
}

/** Examples of any format and kind, one by one. */
export async function* rawExamples(
  file: string,
  kind: DataKind,
  options: ReadOptions,
): AsyncGenerator<RawExample, void, undefined> {
  const { signal, unlabelled = false } = options;
  const format = options.format ?? formatOf(file, kind === 'token-classification');
  if (format === 'tagged') {
    if (kind !== 'token-classification')
      throw invalidData({ file }, `a file with a token a line is of the kind "token-classification", not "${kind}".`);
    for await (const { words, tags, lines } of taggedSentences(file, { unlabelled, signal }))
      yield taggedExample(words, tags, (i) => ({ file, line: lines[i] }));
    return;
  }
  const rows =
    format === 'tsv' ? tsvRows(file, options) : format === 'csv' ? csvRows(file, options) : jsonRows(file, signal);
  const skipped = new Set(options.skipLabels);
  let roles: ColumnRoles | undefined;
  for await (const row of rows) {
    roles ??= findColumns(file, row, kind, options.columns, unlabelled);
    const example = rowExample(file, row, kind, roles);
    if (!example.labelValues.some((value) => skipped.has(value))) yield example;
  }
}

function rowExample(file: string, row: Row, kind: DataKind, roles: ColumnRoles): RawExample {
  const at = (column: string): DataPlace => ({ file, line: row.line, column });
  const text = (column: string): string => textCell(row.value(column), at(column));
  if (kind === 'generation') {
    const source = text(roles.source![0]);
    const target = roles.target ? text(roles.target[0]) : undefined;
    return { place: at(roles.source![0]), labelValues: [], resolve: () => ({ source, target }) };
  }
  if (kind === 'token-classification') {
    const words = listCell(row.value(roles.words![0]), at(roles.words![0]));
    const tags = roles.tags ? listCell(row.value(roles.tags[0]), at(roles.tags[0])) : undefined;
    if (tags && tags.length !== words.length)
      throw invalidData(at(roles.tags![0]), `expected ${words.length} tags, one a word; got ${tags.length}.`, {
        fields: { expected: words.length, actual: tags.length },
      });
    return taggedExample(words, tags, () => at(roles.tags![0]));
  }
  const texts = roles.text!.map(text);
  const input = texts.length === 2 ? ([texts[0], texts[1]] as const) : texts[0];
  if (!roles.label) return { place: at(roles.text![0]), labelValues: [], resolve: () => ({ text: input }) };
  const place = at(roles.label[0]);
  const value = row.value(roles.label[0]);
  if (kind === 'multi-label') {
    const bits = bitsCell(value, place);
    return {
      place,
      labelValues: bits.map((_, i) => String(i + 1)),
      resolve: (labels) => ({ text: input, labels: checkCount(bits, labels, place) }),
    };
  }
  if (kind === 'regression') {
    const number = numberCell(value, place);
    return { place, labelValues: [], resolve: () => ({ text: input, label: number }) };
  }
  const label = labelCell(value, place);
  return {
    place,
    labelValues: [label],
    resolve: (labels) => ({ text: input, label: labels.indexOf(label, place) }),
  };
}

function taggedExample(
  words: readonly string[],
  tags: readonly string[] | undefined,
  place: (word: number) => DataPlace,
): RawExample {
  return {
    place: place(0),
    labelValues: tags ?? [],
    resolve: (labels) => ({ words, ...(tags ? { tags: tags.map((tag, i) => labels.indexOf(tag, place(i))) } : {}) }),
  };
}

function checkCount(bits: readonly number[], labels: LabelSet, place: DataPlace): readonly number[] {
  if (bits.length !== labels.names.length)
    throw invalidData(place, `expected ${labels.names.length} answers, got ${bits.length}.`, {
      fields: { expected: labels.names.length, actual: bits.length },
    });
  return bits;
}
