import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { noDisks, runWithDisks } from '../../../tooling/vitest/small-disks.js';
import { runQuietly } from './run-quietly.js';
import { temporaryFolder } from './temporary-folder.js';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const results = fileURLToPath(new URL('../../../results/elue-6l-small', import.meta.url));

async function contents(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const pairs = await Promise.all(
    files.map(async (file) => [file.slice(folder.length + 1), await readFile(file, 'utf8')] as const),
  );
  return new Map(pairs.sort(([a], [b]) => a.localeCompare(b)));
}

test('report: kill -9 in the middle leaves each file old or whole; the same command makes the rest', {
  timeout: 120_000,
}, async () => {
  const folder = await temporaryFolder();
  const [whole, cut] = [join(folder, 'whole'), join(folder, 'cut')];
  for (const copy of [whole, cut]) await cp(results, copy, { recursive: true });
  for (const path of (await contents(cut)).keys())
    if (/README|svg$/.test(path)) await writeFile(join(cut, path), 'old');
  expect((await runQuietly(['report', whole, '--no-page'])).code).toBe(0);
  const expected = await contents(whole);

  const words = ['--conditions=@hashee/source', '--import', 'tsx', main, 'report', cut, '--no-page'];
  const child = spawn(process.execPath, words, { stdio: 'ignore' });
  const closed = once(child, 'close');
  const begun = async (): Promise<boolean> =>
    (await readdir(join(cut, 'plots'))).some((name) => name.endsWith('.part')) ||
    [...(await contents(cut))].some(([path, text]) => path.startsWith('plots') && text !== 'old');
  while (child.exitCode === null && !(await begun())) await setTimeout(1);
  child.kill('SIGKILL');
  await closed;

  const left = await contents(cut);
  for (const [path, text] of left) if (!path.endsWith('.part')) expect([expected.get(path), 'old']).toContain(text);
  expect((await runQuietly(['report', cut, '--no-page'])).code).toBe(0);
  for (const path of left.keys()) if (path.endsWith('.part')) await rm(join(cut, path), { force: true });
  expect(await contents(cut)).toEqual(expected);
});

/** What `disks-script.ts` prints: attempts with more and more of the disk free, KB. */
export interface DisksReport {
  readonly full: {
    readonly free: number;
    readonly code: number;
    readonly stderr: string;
    readonly left: Readonly<Record<string, string>>;
  }[];
  readonly readOnly: { readonly code: number; readonly stderr: string };
}

describe.skipIf(noDisks !== undefined)(noDisks ? `report on disks: ${noDisks}` : 'report on disks', () => {
  test('that are full or read-only: a reason, and each file is old or whole', { timeout: 120_000 }, () => {
    const { full, readOnly } = runWithDisks<DisksReport>(new URL('./disks-script.ts', import.meta.url));
    const [last, ...failed] = full.toReversed();
    expect(last.code, last.stderr).toBe(0);
    expect(failed.length).toBeGreaterThan(0);
    for (const { code, stderr, left, free } of failed) {
      expect([free, code, stderr]).toEqual([free, 1, expect.stringContaining('the disk is full')]);
      expect(Object.keys(left)).toEqual(Object.keys(last.left));
      for (const [path, text] of Object.entries(left)) expect([last.left[path], 'old']).toContain(text);
    }
    expect(readOnly).toMatchObject({ code: 1, stderr: expect.stringContaining('read-only') });
  });
});
