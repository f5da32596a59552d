import { HasheeError } from '@hashee/core';

/** The system's error as one of ours, with the path. Errors that are ours already stay as they are. */
export function systemError(cause: unknown, action: 'read' | 'write', path: string): HasheeError {
  if (HasheeError.isInstance(cause)) return cause;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOENT' && action === 'read')
    return new HasheeError('NOT_FOUND', `There is no file ${path}.`, { fields: { path }, cause });
  return new HasheeError('IO', `Cannot ${action} ${path}: ${code ?? String(cause)}.`, {
    fields: { path, code, action },
    cause,
  });
}
