import { HasheeError } from '@hashee/core';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission was denied',
  EPERM: 'permission was denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than the file system allows',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'it exists already',
};

/** The system's error as one of ours, with path and reason in words. Errors that are ours already stay as they are. */
export function systemError(cause: unknown, action: 'read' | 'write', path: string): HasheeError {
  if (HasheeError.isInstance(cause)) return cause;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOENT' && action === 'read')
    return new HasheeError('NOT_FOUND', `There is no file ${path}.`, { fields: { path }, cause });
  const reason =
    code === 'ENOENT'
      ? 'its folder does not exist'
      : (code !== undefined && REASONS[code]) || (cause instanceof Error ? cause.message : String(cause));
  return new HasheeError('IO', `Cannot ${action} ${path}: ${reason}.`, { fields: { path, code, action }, cause });
}
