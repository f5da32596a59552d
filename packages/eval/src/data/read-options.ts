import type { Columns } from './columns.js';
import type { DataFormat } from './data-format.js';
import type { DataKind } from './example.js';
import type { LabelDefinition } from './label-set.js';

export interface ReadOptions<Kind extends DataKind = DataKind> {
  /** What the rows say. @default 'sequence-classification' */
  readonly kind?: Kind | undefined;
  /** @default by the extension: .tsv, .csv, .jsonl, .ndjson, .conll, .bio */
  readonly format?: DataFormat | undefined;
  /** Which columns to read, where the file doesn't use the usual names. */
  readonly columns?: Columns | undefined;
  /** Names of the columns of a TSV or CSV file without a header line. */
  readonly header?: readonly string[] | undefined;
  /**
   * The classes by index, as strings or with the values that stand for them in the file. Give a dev or test file the
   * labels of its training set (or of the model), so that an index means the same. For regression the name of the value.
   * @default what occurs in the file, sorted; `score` for regression
   */
  readonly labels?: readonly (string | LabelDefinition)[] | undefined;
  /**
   * Whether cells of a TSV file are quoted: `none` takes a `"` for an ordinary character; `csv` undoes what CSV writers do
   * (`"a ""b"""` is `a "b"`); `auto` undoes it where every cell with a `"` looks like that.
   * @default 'none'
   */
  readonly quotes?: 'none' | 'csv' | 'auto' | undefined;
  /** Rows with one of these labels are left out, such as SNLI's `-`: annotators didn't agree. @default none */
  readonly skipLabels?: readonly string[] | undefined;
  /** The file has no labels, or they are not to be read. @default false */
  readonly unlabelled?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}
