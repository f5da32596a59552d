import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The files that belong to the project, by their path from its root, with forward slashes. */
export interface Workspace {
  readonly paths: readonly string[];
  /** @returns undefined where there is no such file */
  text(path: string): string | undefined;
  /** In bytes. */
  size(path: string): number;
}

/** What git tracks or would add: everything that isn't ignored. */
export function readWorkspace(root: string): Workspace {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const stats = (path: string) => statSync(join(root, path), { throwIfNoEntry: false });
  const paths = [...new Set(listed.split('\0'))].filter((path) => path !== '' && stats(path)?.isFile()).sort();
  const texts = new Map<string, string>();
  const known = new Set(paths);
  return {
    paths,
    text(path) {
      if (!known.has(path)) return undefined;
      const text = texts.get(path) ?? readFileSync(join(root, path), 'utf8');
      texts.set(path, text);
      return text;
    },
    size: (path) => stats(path)?.size ?? 0,
  };
}

/** A workspace that exists only in a test. A number stands for a file of that many bytes. */
export function virtualWorkspace(files: Readonly<Record<string, string | number>>): Workspace {
  return {
    paths: Object.keys(files).sort(),
    text: (path) => (typeof files[path] === 'number' ? '' : files[path]),
    size: (path) => (typeof files[path] === 'number' ? files[path] : Buffer.byteLength(files[path])),
  };
}
