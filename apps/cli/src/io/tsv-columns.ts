import { HasheeError } from '@hashee/core';
import { printable } from '@hashee/terminal';
import { splitColumns } from '../data/split-columns.js';

/** Which cells of a row are texts. */
export interface ChosenColumns {
  /** From 0; one, or two for pairs. */
  readonly positions: readonly number[];
  /** True where the first row names the columns. */
  readonly header: boolean;
}

/** The cells of a TSV row. TSV has no quoting: a tab is always a border. */
export function splitRow(text: string): string[] {
  return text.split('\t');
}

/**
 * Reads `sentence`, `3` or `premise,hypothesis`. Numbers count from 1 and mean that there is no header row.
 * @param firstRow cells of the first line, the names where columns are chosen by name
 * @throws HasheeError `INVALID_ARGUMENT`, `INVALID_DATA` for a column that isn't there
 */
export function chooseColumns(wanted: string, firstRow: readonly string[], file: string): ChosenColumns {
  const names = [splitColumns(wanted)].flat() as readonly string[];
  const missing = (name: string): never => {
    throw new HasheeError(
      'INVALID_DATA',
      `${file} has no column "${name}". Its first line has ${firstRow.length}: ${printable(firstRow.slice(0, 12).join(', ')).slice(0, 200)}.`,
      { fields: { file, line: 1, column: name } },
    );
  };
  if (names.every((name) => /^\d+$/.test(name))) {
    const positions = names.map((name) => Number(name) - 1);
    for (const [i, position] of positions.entries()) if (position < 0 || position >= firstRow.length) missing(names[i]);
    return { positions, header: false };
  }
  const positions = names.map((name) => {
    const position = firstRow.indexOf(name);
    return position < 0 ? missing(name) : position;
  });
  return { positions, header: true };
}
