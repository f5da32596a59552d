import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { HasheeError, systemError } from '@hashee/core';
import { COMMIT } from '../hub/hub-cache.js';

/**
 * Where a file of a model folder really lies, before it is passed on. Folders from elsewhere may hold links to anything the user can read,
 * which a copy would give away. A link may lead to another file of the folder, and from a snapshot of the hub's cache to a blob of the same
 * repository.
 * @returns undefined where there is no such file
 * @throws HasheeError `INVALID_CHECKPOINT` for a link that leads elsewhere, and for what is no regular file; `IO`
 */
export async function ownFile(directory: string, name: string): Promise<string | undefined> {
  const path = join(directory, name);
  try {
    const [folder, target] = [await realpath(directory), await realpath(path)];
    if (!isInside(target, folder) && !isBlob(target, folder))
      throw new HasheeError(
        'INVALID_CHECKPOINT',
        `${path} is a link to ${target}, outside of the model's folder, and isn't copied: it may be something that isn't meant to be passed on. If it belongs to the model, put a copy of the file in the link's place.`,
        { fields: { path, target } },
      );
    if (!(await stat(target)).isFile())
      throw new HasheeError('INVALID_CHECKPOINT', `${path} is not a regular file, so it isn't copied. Take it away.`, {
        fields: { path },
      });
    return target;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw systemError(error, 'read', path);
  }
}

function isInside(target: string, folder: string): boolean {
  const path = relative(folder, target);
  return path !== '' && path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

/** `models--…/snapshots/<commit>` holds links to `models--…/blobs`. */
function isBlob(target: string, folder: string): boolean {
  const parts = folder.split(sep);
  const place = parts.lastIndexOf('snapshots');
  if (place < 1 || !COMMIT.test(parts[place + 1] ?? '')) return false;
  const repository = parts.slice(0, place).join(sep);
  return basename(repository).startsWith('models--') && dirname(target) === join(repository, 'blobs');
}
