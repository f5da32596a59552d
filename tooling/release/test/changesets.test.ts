import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PublishedPackage, publishedPackages } from '../src/published-packages.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const changeset = join(dirname(createRequire(import.meta.url).resolve('@changesets/cli/package.json')), 'bin.js');
const copy = mkdtempSync(join(tmpdir(), 'hashee-release-'));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const git = (...parameters: string[]): string =>
  execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.org', ...parameters], {
    cwd: copy,
    encoding: 'utf8',
  });

/** What git tracks of the files that `changeset version` reads. */
beforeAll(() => {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 })
    .split('\0')
    .filter((path) => /^(?:\.changeset\/.*|(?:[^/]+\/[^/]+\/)?(?:package\.json|README\.md|CHANGELOG\.md))$/.test(path));
  for (const path of [...files, 'pnpm-workspace.yaml']) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    if (existsSync(join(root, path))) cpSync(join(root, path), join(copy, path));
  }
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '--message', 'before');
});

test('the changesets make a release: versions of their own, changelogs, nothing for what is private', () => {
  const before = new Map(publishedPackages(copy).map(({ directory, manifest }) => [directory, manifest.version]));
  execFileSync(process.execPath, [changeset, 'version'], { cwd: copy, stdio: 'pipe' });
  const after: PublishedPackage[] = publishedPackages(copy);
  for (const { directory, manifest } of after) {
    const { version } = manifest;
    expect(version, `${directory} has no changeset: npx --yes pnpm@10.34.9 changeset`).not.toBe('0.0.0');
    if (version === before.get(directory)) continue;
    const changelog = readFileSync(join(copy, directory, 'CHANGELOG.md'), 'utf8');
    expect(changelog.startsWith(`# ${manifest.name}\n\n## ${version}\n`), directory).toBe(true);
  }
  const changed = git('status', '--porcelain')
    .split('\n')
    .map((line) => line.slice(3));
  const places = after.map(({ directory }) => directory);
  for (const path of changed.filter((name) => name !== '' && !name.startsWith('.changeset/')))
    expect(places).toContain(dirname(path));
});

test('the first release is 0.1.0 for every package', () => {
  for (const { manifest } of publishedPackages(copy)) expect(manifest.version).toMatch(/^(?:0\.[1-9]|[1-9])/);
});
