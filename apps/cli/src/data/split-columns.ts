import { HasheeError } from '@hashee/core';

/** Reads `sentence` or `premise,hypothesis`. @throws HasheeError `INVALID_ARGUMENT` for more than two columns */
export function splitColumns(text: string | undefined): string | readonly [string, string] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(',').map((name) => name.trim());
  if (names.length > 2 || names.includes(''))
    throw new HasheeError('INVALID_ARGUMENT', `Expected one column, or two as in a,b; got "${text}".`, {
      fields: { value: text },
    });
  return names.length === 1 ? names[0] : [names[0], names[1]];
}
