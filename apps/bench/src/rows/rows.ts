import { HasheeError } from '@hashee/core';
import { graphRows } from './graph-rows.js';
import { onnxRows } from './onnx-rows.js';
import { pytorchRow } from './pytorch-row.js';
import type { Row } from './row.js';
import { tfjsRows } from './tfjs-rows.js';
import { transformersRows } from './transformers-rows.js';

/** All rows, in the order in which they are shown. */
export const rows: readonly Row[] = [...onnxRows, ...graphRows, ...transformersRows, pytorchRow, ...tfjsRows];

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

/** Rows by name, where `*` stands for anything; in the order of `rows`, each once. @throws HasheeError `INVALID_ARGUMENT` */
export function selectRows(names: readonly string[]): Row[] {
  const wanted = new Set<Row>();
  for (const name of names) {
    const pattern = new RegExp(`^${name.split('*').map(literally).join('.*')}$`);
    const found = rows.filter((row) => pattern.test(row.name));
    for (const row of found.length > 0 ? found : [findRow(name)]) wanted.add(row);
  }
  return rows.filter((row) => wanted.has(row));
}

function literally(text: string): string {
  return text.replace(/[^\w]/g, '\\$&');
}
