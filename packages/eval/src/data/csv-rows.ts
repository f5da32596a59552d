import { Readable } from 'node:stream';
import { CsvError, type Parser, parse } from 'csv-parse';
import { invalidData } from './invalid-data.js';
import { CellRow, type Row } from './row.js';
import { textLines } from './text-lines.js';
import { headerColumns, type RowOptions } from './tsv-rows.js';

const LARGEST_RECORD = 16 * 1024 * 1024;
const PIECE = 1 << 16;

/**
 * Comma-separated rows with quoting as in RFC 4180. Empty lines are skipped.
 * @throws HasheeError as `textLines`, and `INVALID_DATA` (quotes, number of cells)
 */
export async function* csvRows(file: string, options: RowOptions = {}): AsyncGenerator<Row, void, undefined> {
  const parser = parse({
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: LARGEST_RECORD,
  });
  const source = Readable.from(pieces(file, options.signal));
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  let columns = options.header;
  try {
    for await (const { record, info } of parser as Parser & AsyncIterable<{ record: string[]; info: Info }>) {
      const line = info.lines;
      if (!columns) {
        columns = headerColumns(file, line, record);
        continue;
      }
      if (record.length !== columns.length)
        throw invalidData(
          { file, line },
          `expected ${columns.length} cells separated by commas (${columns.join(', ')}), got ${record.length}.`,
          { fields: { expected: columns.length, actual: record.length } },
        );
      yield new CellRow(line, columns, record);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = Number(error['lines']) || undefined;
    throw invalidData({ file, line }, `not a sound CSV file: ${error.message}.`, { cause: error });
  } finally {
    source.destroy();
  }
}

interface Info {
  readonly lines: number;
}

/** Lines put together to larger pieces: the parser's cost is by piece. */
async function* pieces(file: string, signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
  let piece = '';
  for await (const { text } of textLines(file, signal)) {
    piece += `${text}\n`;
    if (piece.length >= PIECE) {
      yield piece;
      piece = '';
    }
  }
  if (piece !== '') yield piece;
}
