import { HasheeError } from '@hashee/core';
import { printable } from '@hashee/terminal';

/** Options of the command line by the part a column plays. */
export type ColumnOptions = Readonly<Record<string, string>>;

export const COLUMN_OPTIONS: ColumnOptions = { text: '--text-column', label: '--label-column' };

/** A missing column is told with the option that names it. Other errors stay as they are. */
export function nameColumnOption(error: unknown, options: ColumnOptions = COLUMN_OPTIONS): unknown {
  if (!HasheeError.isInstance(error, 'INVALID_DATA')) return error;
  const { file, role, found, column } = error.fields;
  const option = options[String(role)];
  if (option === undefined || !Array.isArray(found)) return error;
  const names = found.map((name) => `"${printable(String(name))}"`).join(', ') || 'none';
  return new HasheeError(
    'INVALID_DATA',
    `${file} has no column "${column}" for the ${role}; its columns: ${names}. Say which one it is with ${option}.`,
    { fields: error.fields, cause: error },
  );
}
