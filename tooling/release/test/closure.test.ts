import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { dependencyClosure } from '../src/dependency-closure.js';
import { publishedPackages } from '../src/published-packages.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const packages = publishedPackages(root);
const lockfile = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8');
const store = join(root, 'node_modules', '.pnpm');
const stored = existsSync(store) ? readdirSync(store) : [];

/** The folder of a package in pnpm's store; undefined where it isn't installed, as those of other platforms. */
function folderOf(key: string): string | undefined {
  const at = key.lastIndexOf('@');
  const [name, version] = [key.slice(0, at), key.slice(at + 1)];
  const prefix = `${name.replace('/', '+')}@${version}`;
  const found = stored.find((entry) => entry === prefix || entry.startsWith(`${prefix}_`));
  return found && realpathSync(join(store, found, 'node_modules', name));
}

/** What makes a package native: a build, a script at installation, or a binary of one platform. */
function nativeParts(key: string): string[] {
  const folder = folderOf(key);
  if (!folder) return [`${key} is for one platform`];
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const scripts = ['preinstall', 'install', 'postinstall'].filter((script) => manifest.scripts?.[script]);
  return [
    ...scripts.map((script) => `${key} has a ${script} script`),
    ...(existsSync(join(folder, 'binding.gyp')) ? [`${key} is built with node-gyp`] : []),
    ...(manifest.os || manifest.cpu ? [`${key} is for one platform`] : []),
    ...readdirSync(folder, { recursive: true })
      .map(String)
      .filter((file) => /\.(?:node|so|dylib|dll)$/.test(file))
      .map((file) => `${key} has ${file}`),
  ];
}

describe('nothing native comes along', () => {
  test.each(['core', 'hash', 'checkpoint', 'eval', 'train', 'baselines', 'difficulty'])('with @hashee/%s', (id) => {
    const closure = dependencyClosure(lockfile, packages, `@hashee/${id}`);
    expect(closure.flatMap(nativeParts)).toEqual([]);
  });

  test('core brings nothing at all', () => {
    expect(dependencyClosure(lockfile, packages, '@hashee/core')).toEqual([]);
  });

  test('a native library would be found', () => {
    const key = /^ {2}(onnxruntime-node@[\d.]+):$/m.exec(lockfile)?.[1];
    expect(nativeParts(key!).length).toBeGreaterThan(0);
    expect(dependencyClosure(lockfile, packages, '@hashee/eval')).toContain('zod@4.6.7');
  });
});
