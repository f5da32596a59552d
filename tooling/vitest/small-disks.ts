import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A mount namespace of its own: what is mounted in it is gone with its last process. Where the user may not, as root of a user namespace. */
const namespace = ['--mount', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])];

function reasonAgainst(): string | undefined {
  const tried = spawnSync('unshare', [...namespace, 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', tmpdir()], {
    encoding: 'utf8',
  });
  if (tried.error) return `unshare can't be run here (${(tried.error as NodeJS.ErrnoException).code})`;
  return tried.status === 0 ? undefined : `no disk can be mounted here (${tried.stderr.trim().split('\n').pop()})`;
}

/** Why no small disk can be had on this machine; undefined where it can. */
export const noDisks: string | undefined = reasonAgainst();

/** Runs a module, on the sources, in a process that may mount disks. @returns what it prints, as JSON */
export function runWithDisks<T>(module: URL): T {
  const node = [process.execPath, '--conditions=@hashee/source', '--import', 'tsx', fileURLToPath(module)];
  const { stdout, stderr, status } = spawnSync('unshare', [...namespace, ...node], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${module.href} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** For such a module: an empty disk. @returns its folder */
export function mountDisk(kilobytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'hashee-disk-'));
  process.on('exit', () => {
    execFileSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true });
  });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder]);
  return folder;
}

/** Leaves so much of a disk free. */
export function leaveFree(folder: string, kilobytes: number): void {
  const filler = join(folder, FILLER);
  rmSync(filler, { force: true });
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - kilobytes * 1024)));
}

/** The file of `leaveFree`. */
export const FILLER = 'filler';

export function makeReadOnly(folder: string): void {
  execFileSync('mount', ['-o', 'remount,ro', folder]);
}
