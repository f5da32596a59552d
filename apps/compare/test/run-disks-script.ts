import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILLER, leaveFree, makeReadOnly, mountDisk } from '../../../tooling/vitest/small-disks.js';
import { writeEncoderFolder } from './encoder-folder.js';
import type { RunDisksReport } from './run-disks.test.js';
import { runQuietly } from './run-quietly.js';
import { writeTaskFiles } from './task-files.js';

// Run by run-disks.test.ts in a process that may mount.
const given = mountDisk(2048);
const [encoder, data] = ['encoder', 'data'].map((name) => join(given, name));
await writeEncoderFolder(encoder);
await writeTaskFiles(data);

const compare = (work: string, output: string): ReturnType<typeof runQuietly> =>
  runQuietly([
    ...['run', 'grids/smoke.json', '--encoder', encoder, '--data', data, '-w', work, '-o', output],
    ...['--tasks', 'sst-2', '--methods', 'dense,hashee-frequency', '--quiet'],
  ]);

/** Every file but the filler, by its path. */
function files(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile() && entry.name !== FILLER);
  return Object.fromEntries(
    paths.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), readFileSync(path, 'utf8')];
    }),
  );
}

const report: RunDisksReport = { full: { output: [], work: [] }, readOnly: [] };
for (const kind of ['output', 'work'] as const) {
  const [small, large] = [mountDisk(8192), mountDisk(8192)];
  const [work, output] = kind === 'work' ? [small, large] : [large, small];
  writeFileSync(join(output, 'results.json'), 'old');
  for (const free of [0, 8, 16, 20, 24, 40, 80, 160, 320, 640, 6144]) {
    leaveFree(small, free);
    const { code, stderr } = await compare(work, output);
    report.full[kind].push({ free, code, stderr, results: files(output), work: Object.keys(files(work)) });
    if (code === 0) break;
  }
}
for (const kind of ['output', 'work'] as const) {
  const [readOnly, other] = [mountDisk(64), mountDisk(8192)];
  mkdirSync(join(readOnly, 'folder'));
  makeReadOnly(readOnly);
  const [work, output] = kind === 'work' ? [join(readOnly, 'folder'), other] : [other, join(readOnly, 'folder')];
  const { code, stderr } = await compare(work, output);
  report.readOnly.push({ kind, code, stderr, left: [...Object.keys(files(work)), ...Object.keys(files(output))] });
}
process.stdout.write(JSON.stringify(report));
