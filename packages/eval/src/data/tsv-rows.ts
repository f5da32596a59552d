import { excerpt, invalidData } from './invalid-data.js';
import { hasQuotedCells, unquote } from './quoted-cells.js';
import { CellRow, type Row } from './row.js';
import { textLines } from './text-lines.js';

export interface RowOptions {
  /** Names of the columns, for files without a header line. */
  readonly header?: readonly string[] | undefined;
  /** @default 'none' */
  readonly quotes?: 'none' | 'csv' | 'auto' | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tab-separated rows. Unless `quotes` says otherwise a `"` is an ordinary character. Empty lines are skipped.
 * @throws HasheeError as `textLines`, and `INVALID_DATA` where a row has more or fewer cells than the header
 */
export async function* tsvRows(file: string, options: RowOptions = {}): AsyncGenerator<Row, void, undefined> {
  let columns = options.header;
  const quoted = options.quotes === 'auto' ? await hasQuotedCells(file, options.signal) : options.quotes === 'csv';
  for await (const { number: line, text } of textLines(file, options.signal)) {
    if (text === '') continue;
    const cells = quoted ? text.split('\t').map(unquote) : text.split('\t');
    if (!columns) {
      columns = headerColumns(file, line, cells);
      continue;
    }
    if (cells.length !== columns.length)
      throw invalidData(
        { file, line },
        `expected ${columns.length} cells separated by tabs (${columns.join(', ')}), got ${cells.length}: ${excerpt(text)}.`,
        { fields: { expected: columns.length, actual: cells.length } },
      );
    yield new CellRow(line, columns, cells);
  }
}

/** Trimmed names. @throws HasheeError `INVALID_DATA` where one comes twice */
export function headerColumns(file: string, line: number, cells: readonly string[]): readonly string[] {
  const columns = cells.map((cell) => cell.trim());
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined)
    throw invalidData({ file, line, column: twice }, 'the header names this column twice. Rename one of them.');
  return columns;
}
