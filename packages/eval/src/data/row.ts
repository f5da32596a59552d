/** One row of a table, whatever format it came in. */
export interface Row {
  /** Line of the file it stands (or ends) on, from 1. */
  readonly line: number;
  /** Names of the columns. The same array for all rows of a TSV or CSV file. */
  readonly columns: readonly string[];
  /** A string in TSV and CSV, any JSON value in JSONL; `undefined` where the row lacks the column. */
  value(column: string): unknown;
}

/** A row of cells under named columns. */
export class CellRow implements Row {
  readonly line: number;
  readonly columns: readonly string[];
  readonly #cells: readonly string[];

  constructor(line: number, columns: readonly string[], cells: readonly string[]) {
    this.line = line;
    this.columns = columns;
    this.#cells = cells;
  }

  value(column: string): string | undefined {
    return this.#cells[this.columns.indexOf(column)];
  }
}
