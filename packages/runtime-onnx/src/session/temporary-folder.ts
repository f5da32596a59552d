import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Folders that are still in use; one listener removes them all where the process ends without a dispose. */
const open = new Set<string>();

function removeAll(): void {
  for (const folder of open) rmSync(folder, { recursive: true, force: true });
}

/** A folder in the system's temporary one that goes away with `remove()`, or with the process. */
export async function temporaryFolder(prefix: string): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  if (open.size === 0) process.once('exit', removeAll);
  open.add(path);
  const remove = async (): Promise<void> => {
    open.delete(path);
    if (open.size === 0) process.removeListener('exit', removeAll);
    await rm(path, { recursive: true, force: true });
  };
  return { path, remove };
}
