import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HasheeError } from '@hashee/core';
import { exportSequenceToSequence } from '@hashee/runtime-onnx/export';
import { FILLER, leaveFree, makeReadOnly, mountDisk } from '../../../tooling/vitest/small-disks.js';
import type { DisksReport } from './disks.test.js';
import { SOURCES, writeEncoderDecoder } from './encoder-decoder-folder.js';
import { writeModelFolder } from './model-folder.js';
import { run } from './run.js';

// Run by disks.test.ts in a process that may mount. In one process, since loading all of the sources takes longest.
const work = mountDisk(8192);
const { directory: model } = await writeModelFolder(join(work, 'model'));
const { directory: base } = await writeModelFolder(join(work, 'base'), { task: null, exitLayer: null });
const summarizer = join(work, 'summarizer');
const encoderDecoder = await writeEncoderDecoder(summarizer, 'bart', { max_length: 12 });
const data = join(work, 'data.tsv');
const rows = 'a great film\t1\na dull film\t0\nvery good music\t1\nan awful plot\t0\n';
writeFileSync(data, `sentence\tlabel\n${rows.repeat(8)}`);

const training = ['-m', base, '--threads', '1', '--epochs', '2', '-b', '8'];
const commands: [name: string, output: string, words: string[]][] = [
  ['train', 'trained', ['train', ...training, '--train', data, '--dev', data]],
  ['adapt', 'adapted', ['adapt', ...training, '--texts', data, '--text-column', 'sentence']],
  ['export', 'exported', ['export', model]],
  ['export of an encoder-decoder', 'exported', ['export', summarizer]],
  ['hash build', 'table.json', ['hash', 'build', data, '-m', model, '--text-column', 'sentence']],
  ['classify', 'labels.txt', ['classify', '-m', model, '-f', data, '-c', 'sentence', '-t', '1']],
  ['summarize', 'summaries.txt', ['summarize', '-m', summarizer, '-t', '1', ...SOURCES]],
  ['bench', 'bench.json', ['bench', data, '-m', model, '-t', '1', '-b', '4', '--rounds', '1', '--warmup', '0']],
];

const listing = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== FILLER)
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();

const report: DisksReport = { full: [], files: [], readOnly: [], temporary: { code: -1, stderr: '' } };

for (const [name, output, words] of commands) {
  const disk = mountDisk(4096);
  if (output.includes('.')) writeFileSync(join(disk, output), 'old');
  for (const free of [0, 4, 8, 16, 32, 64, 128, 256, 1024, 2048]) {
    leaveFree(disk, free);
    const { code, stderr } = await run([...words, '-o', join(disk, output)]);
    const old = output.includes('.') ? { old: readFileSync(join(disk, output), 'utf8') } : {};
    report.full.push({ name, output, free, code, stderr, left: listing(disk), ...old });
    if (code === 0) break;
  }
}

// As a program does it, into a new folder and over an older export.
for (const name of ['new', 'old']) {
  const disk = mountDisk(4096);
  const folder = join(disk, name);
  if (name === 'old') await exportSequenceToSequence(encoderDecoder, folder, { exitTable: null });
  const contents = (): string[] => listing(disk).map((path) => readFileSync(join(disk, path), 'base64'));
  const before = contents();
  for (const free of [0, 64, 128, 192, 256, 320, 384, 448, 512, 2048]) {
    leaveFree(disk, free);
    const code = await exportSequenceToSequence(encoderDecoder, folder).then(
      () => undefined,
      (error: HasheeError) => error.code,
    );
    const after = contents();
    const same = after.length === before.length && after.every((text, i) => text === before[i]);
    report.files.push({ name, free, code, same, left: readdirSync(disk).filter((entry) => entry !== FILLER) });
    if (code === undefined) break;
  }
}

const reading = mountDisk(1024);
const there = await writeModelFolder(join(reading, 'model'));
mkdirSync(join(reading, 'folder'));
makeReadOnly(reading);
const asked = await run(['classify', '-m', there.directory, 'a great film']);
report.readOnly.push({ name: 'a model on it', code: asked.code, stderr: asked.stderr, left: [] });
for (const [name, output, words] of commands) {
  const { code, stderr } = await run([...words, '-o', join(reading, 'folder', output)]);
  report.readOnly.push({ name, code, stderr, left: listing(join(reading, 'folder')) });
}

const temporary = mountDisk(64);
leaveFree(temporary, 0);
process.env['TMPDIR'] = temporary;
const { code, stderr } = await run(['classify', '-m', model, 'a great film']);
report.temporary = { code, stderr };
rmSync(join(temporary, FILLER));

process.stdout.write(JSON.stringify(report));
