import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HasheeError, systemError } from '@hashee/core';

/**
 * Makes a folder beside its destination and moves it there when it is whole. A folder that is there already keeps its
 * other files, and each new file takes its place by renaming; without `overwrite` it must be empty. When anything fails,
 * nothing of the new folder is left.
 * @param fill writes the files into the folder it is given
 * @throws HasheeError `INVALID_ARGUMENT` where something is in the way, `IO`, and whatever `fill` throws
 */
export async function publishFolder(
  directory: string,
  overwrite: boolean,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  const present = await listing(directory);
  if (present && present.length > 0 && !overwrite)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `${directory} exists and isn't empty. Choose another folder, or set overwrite to replace the model in it.`,
      { fields: { path: directory } },
    );
  const beside = join(dirname(directory), `.${basename(directory)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    // Only the parent recursively: where a file system refuses new folders by ENOENT, Node would try for ever.
    await mkdir(dirname(beside), { recursive: true });
    await mkdir(beside);
    await fill(beside);
    if (present) await moveFiles(beside, directory);
    else await rename(beside, directory);
    await syncFolder(dirname(directory));
  } catch (error) {
    throw systemError(atDestination(error, beside, directory), 'write', directory);
  } finally {
    await rm(beside, { recursive: true, force: true }).catch(() => {});
  }
}

/** The same failure, told of the file that was to be and not of the one beside it. */
function atDestination(error: unknown, beside: string, directory: string): unknown {
  if (!HasheeError.isInstance(error, 'IO')) return error;
  const { path } = error.fields;
  if (typeof path !== 'string' || !path.startsWith(beside) || error.cause === undefined) return error;
  return systemError(error.cause, 'write', directory + path.slice(beside.length));
}

async function listing(directory: string): Promise<string[] | undefined> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR')
      throw new HasheeError('INVALID_ARGUMENT', `${directory} is a file; a model is saved to a folder.`, {
        fields: { path: directory },
        cause: error,
      });
    throw systemError(error, 'read', directory);
  }
}

/** Folders within keep their other files too. */
async function moveFiles(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory() && (await isFolder(target))) await moveFiles(source, target);
    else await rename(source, target);
  }
  await syncFolder(to);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** Makes renames last through a power cut, where the system can. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
