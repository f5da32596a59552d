import { HasheeError } from '@hashee/core';
import { graphRows } from './graph-rows.js';
import { onnxRows } from './onnx-rows.js';
import type { Row } from './row.js';
import { transformersRows } from './transformers-rows.js';

/** All rows, in the order in which they are shown. */
export const rows: readonly Row[] = [...onnxRows, ...graphRows, ...transformersRows];

/** @throws HasheeError `INVALID_ARGUMENT` */
export function findRow(name: string): Row {
  const row = rows.find((each) => each.name === name);
  if (!row)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `There is no row "${name}". Rows: ${rows.map((each) => each.name).join(', ')}.`,
      { fields: { row: name } },
    );
  return row;
}

/** Rows by name; a name that ends in `*` takes all that begin so. In the order of `rows`, each once. */
export function selectRows(names: readonly string[]): Row[] {
  const wanted = new Set<Row>();
  for (const name of names) {
    const begins = name.endsWith('*') ? rows.filter((row) => row.name.startsWith(name.slice(0, -1))) : [];
    for (const row of begins.length > 0 ? begins : [findRow(name)]) wanted.add(row);
  }
  return rows.filter((row) => wanted.has(row));
}
