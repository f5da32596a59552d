import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { identifierOf } from '../src/new-file.mjs';
import { newHash } from '../src/new-hash.mjs';
import { newMethod } from '../src/new-method.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A workspace with one package of this one; what it depends on is linked. */
function copyOf(member: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'hashee-new-'));
  made.push(copy);
  const isSource = (path: string): boolean => !/[\\/](?:node_modules|dist|\.turbo)$/.test(path);
  for (const path of [
    member,
    'tooling/vitest',
    'tooling/readme',
    'tsconfig.base.json',
    'biome.json',
    'package.json',
    '.gitignore',
  ])
    cpSync(join(root, path), join(copy, path), { recursive: true, filter: isSource });
  // Examples of the README use packages that this copy doesn't have; they are tested where they are.
  rmSync(join(copy, member, 'README.md'));
  for (const path of ['.', member, 'tooling/readme']) {
    mkdirSync(dirname(join(copy, path, 'node_modules')), { recursive: true });
    if (existsSync(join(root, path, 'node_modules')))
      symlinkSync(join(root, path, 'node_modules'), join(copy, path, 'node_modules'), 'junction');
  }
  return copy;
}

/** Runs a tool of the workspace in the copy. @returns what it printed; empty where it ended well */
async function complaints(directory: string, tool: string, ...parameters: string[]): Promise<string> {
  return promisify(execFile)(process.execPath, [join(root, 'node_modules', tool), ...parameters], {
    cwd: directory,
    env: { ...process.env, NO_COLOR: '1', VITEST: undefined, VITEST_WORKER_ID: undefined, HASHEE_PACKAGE: undefined },
    timeout: 240_000,
  }).then(
    () => '',
    (error: { stdout?: string; stderr?: string }) => `${error.stdout}${error.stderr}` || String(error),
  );
}

describe.each([
  ['method', newMethod, 'packages/baselines', 'far-exit'],
  ['hash', newHash, 'packages/hash', 'word-length'],
] as const)('new:%s', (_, generate, member, name) => {
  test('what it writes is formatted, type-checks and passes its test', { timeout: 300_000 }, async () => {
    const copy = copyOf(member);
    const { written, next } = generate(copy, name);
    expect(written).toContain(`${member}/test/${name}.test.ts`);
    expect(next.length).toBeGreaterThan(1);
    const directory = join(copy, member);
    const biome = ['check', '--error-on-warnings', '--vcs-enabled=false', ...written.map((path) => join(copy, path))];
    expect(await complaints(copy, '@biomejs/biome/bin/biome', ...biome)).toBe('');
    expect(await complaints(directory, 'typescript/bin/tsc', '--noEmit')).toBe('');
    expect(await complaints(directory, 'vitest/vitest.mjs', 'run', `test/${name}.test.ts`)).toBe('');
    // Again would overwrite what somebody wrote into it.
    const file = join(copy, written[0]);
    writeFileSync(file, 'mine');
    expect(() => generate(copy, name)).toThrow(/exists already/);
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });
});

test.each(['', 'Word', 'a b', '../x', 'a--b', '-a', 'a-', 'x'.repeat(41)])('refuses the name "%s"', (name) => {
  expect(() => identifierOf(name, 'hash')).toThrow(/small letters/);
});
