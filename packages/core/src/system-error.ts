import { HasheeError } from './errors.js';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission was denied',
  EPERM: 'permission was denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than the file system allows',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ENOENT: 'its folder does not exist',
  EEXIST: 'it exists already',
  EMFILE: 'too many files are open',
};

/**
 * What the file system refused, as one of our errors, with the path and a reason in words. Errors that are ours already stay as
 * they are.
 * @param action what was tried, as in `read`, `write` or `download`
 * @returns HasheeError `NOT_FOUND` for a missing file that was to be read, else `IO`
 */
export function systemError(cause: unknown, action: string, path: string): HasheeError {
  if (HasheeError.isInstance(cause)) return cause;
  const code = (cause as { readonly code?: unknown } | null | undefined)?.code;
  if (code === 'ENOENT' && action === 'read')
    return new HasheeError('NOT_FOUND', `There is no file ${path}.`, { fields: { path, code, action }, cause });
  const reason =
    (typeof code === 'string' && Object.hasOwn(REASONS, code) && REASONS[code]) ||
    (cause instanceof Error ? cause.message : String(cause)) ||
    'for an unknown reason';
  return new HasheeError('IO', `Cannot ${action} ${path}: ${reason}.`, { fields: { path, code, action }, cause });
}
