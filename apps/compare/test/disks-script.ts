import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FILLER, leaveFree, makeReadOnly, mountDisk } from '../../../tooling/vitest/small-disks.js';
import type { DisksReport } from './report-writes.test.js';
import { runQuietly } from './run-quietly.js';

// Run by report-writes.test.ts in a process that may mount.
const results = fileURLToPath(new URL('../../../results/elue-6l-small', import.meta.url));
// A report is made of results.json and writes beside it, so the disk is as large as that file wants it.
const material = readdirSync(results).filter((name) => name !== 'cells' && !name.endsWith('.html'));
const disk = mountDisk(4096 + Math.ceil(statSync(join(results, 'results.json')).size / 1024));
for (const name of material) cpSync(join(results, name), join(disk, name), { recursive: true });
const shown = (): string[] =>
  readdirSync(disk, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== FILLER && !entry.name.endsWith('.json'))
    .map(({ parentPath, name }) => join(parentPath, name).slice(disk.length + 1))
    .sort();
for (const path of shown()) writeFileSync(join(disk, path), 'old');

const full: DisksReport['full'] = [];
for (const free of [0, 16, 40, 80, 2048]) {
  leaveFree(disk, free);
  const { code, stderr } = await runQuietly(['report', disk, '--no-page']);
  full.push({
    free,
    code,
    stderr,
    left: Object.fromEntries(shown().map((path) => [path, readFileSync(join(disk, path), 'utf8')])),
  });
  if (code === 0) break;
}
makeReadOnly(disk);
const readOnly = await runQuietly(['report', disk, '--no-page']);
process.stdout.write(JSON.stringify({ full, readOnly } satisfies DisksReport));
