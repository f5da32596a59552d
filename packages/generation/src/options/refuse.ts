import { HasheeError } from '@hashee/core';

/** @throws HasheeError `INVALID_ARGUMENT` with the option, what was expected and what came */
export function refuse(option: string, expected: string, value: unknown): never {
  throw new HasheeError('INVALID_ARGUMENT', `${option} must be ${expected}; got ${JSON.stringify(value)}.`, {
    fields: { option, expected, value },
  });
}
