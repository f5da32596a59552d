import { excerpt, invalidData } from './invalid-data.js';
import type { Row } from './row.js';
import { textLines } from './text-lines.js';

/**
 * One JSON object a line. Empty lines are skipped.
 * @throws HasheeError as `textLines`, and `INVALID_DATA` where a line isn't a JSON object
 */
export async function* jsonRows(file: string, signal?: AbortSignal): AsyncGenerator<Row, void, undefined> {
  for await (const { number: line, text } of textLines(file, signal)) {
    if (text.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw invalidData({ file, line }, `expected one JSON object on each line, got ${excerpt(text)}.`, { cause });
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw invalidData({ file, line }, `expected a JSON object with named values, got ${excerpt(text)}.`);
    yield new ObjectRow(line, value as Record<string, unknown>);
  }
}

class ObjectRow implements Row {
  readonly line: number;
  readonly #values: Record<string, unknown>;

  constructor(line: number, values: Record<string, unknown>) {
    this.line = line;
    this.#values = values;
  }

  get columns(): readonly string[] {
    return Object.keys(this.#values);
  }

  value(column: string): unknown {
    return Object.hasOwn(this.#values, column) ? this.#values[column] : undefined;
  }
}
