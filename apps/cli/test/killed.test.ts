import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { writeEncoderDecoder } from './encoder-decoder-folder.js';
import { writeModelFolder } from './model-folder.js';
import { run } from './run.js';
import { temporaryFolder } from './temporary-folder.js';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const folder = await temporaryFolder();
const { directory: model } = await writeModelFolder(join(folder, 'model'));
const { directory: base } = await writeModelFolder(join(folder, 'base'), { task: null, exitLayer: null });
const summarizer = join(folder, 'summarizer');
await writeEncoderDecoder(summarizer, 'bart');
const data = join(folder, 'train.tsv');
const rows = 'a great film\t1\na dull film\t0\nvery good music\t1\nan awful plot\t0\n';
await writeFile(data, `sentence\tlabel\n${rows.repeat(60)}`);

function start(words: readonly string[]): ChildProcess {
  const node = ['--conditions=@hashee/source', '--import', 'tsx', main];
  return spawn(process.execPath, [...node, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Kills the command, which gets no chance to tidy up, as soon as `when` answers true. @returns false where it had ended before */
async function killed(
  words: readonly string[],
  when: (stderr: string) => Promise<boolean> | boolean,
): Promise<boolean> {
  const child = start(words);
  const ended = once(child, 'close');
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  while (child.exitCode === null && !(await when(stderr))) await setTimeout(2);
  child.kill('SIGKILL');
  await ended;
  return child.signalCode === 'SIGKILL';
}

/** Every file of a folder with its bytes. */
async function contents(directory: string): Promise<Map<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const pairs = files.map(async (file) => [file.slice(directory.length), await readFile(file, 'base64')] as const);
  return new Map((await Promise.all(pairs)).sort(([a], [b]) => a.localeCompare(b)));
}

/** What says when or how long is of the run. */
const withoutTimes = (files: Map<string, string>): string[] =>
  [...files].filter(([name]) => name.endsWith('.safetensors')).map(([name, bytes]) => `${name} ${bytes}`);

// Each is a process that loads all of the sources, so a busy machine gets time.
describe('kill -9, and the same command again', { timeout: 240_000 }, () => {
  test.each([
    ['train', ['--train', data, '--dev', data, '--epochs', '6', '-b', '8', '--evaluate-every', '10']],
    ['adapt', ['--texts', data, '--text-column', 'sentence', '--epochs', '6', '-b', '8']],
  ])('%s goes on to the same weights', async (command, options) => {
    const work = join(folder, command);
    await mkdir(work);
    const words = (name: string): string[] => [
      command,
      '-m',
      base,
      '-o',
      join(work, name),
      ...options,
      '--threads',
      '1',
    ];
    const whole = await run(words('whole'));
    expect(whole.code, whole.stderr).toBe(0);
    const runFolder = join(work, 'cut.run');
    expect(await killed(words('cut'), () => existsSync(join(runFolder, 'checkpoint.safetensors')))).toBe(true);
    expect(existsSync(join(work, 'cut'))).toBe(false);
    const again = await run(words('cut'));
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toMatch(/Going on after update [1-9]/);
    const [expected, actual] = [await contents(join(work, 'whole')), await contents(join(work, 'cut'))];
    expect([...actual.keys()]).toEqual([...expected.keys()]);
    expect(withoutTimes(actual)).toEqual(withoutTimes(expected));
    expect(existsSync(runFolder)).toBe(false);
  });

  test.each([
    ['an encoder', model],
    ['an encoder-decoder', summarizer],
  ])('export of %s leaves nothing half under its name', async (kind, source) => {
    const work = join(folder, `export of ${kind}`);
    await mkdir(work);
    const words = (name: string): string[] => ['export', source, '-o', join(work, name)];
    expect((await run(words('whole'))).code).toBe(0);
    const expected = await contents(join(work, 'whole'));
    const begun = async (): Promise<boolean> => (await readdir(work)).some((name) => name.startsWith('.cut.'));
    expect(await killed(words('cut'), begun)).toBe(true);
    if (existsSync(join(work, 'cut')))
      expect([...(await contents(join(work, 'cut'))).keys()]).toEqual([...expected.keys()]);
    else expect((await run(words('cut'))).code).toBe(0);
    const onnx = (files: Map<string, string>): string[] =>
      [...files].filter(([name]) => name.endsWith('.onnx')).map(String);
    expect(onnx(await contents(join(work, 'cut')))).toEqual(onnx(expected));
  });

  test('hash build leaves the old table or the new one', async () => {
    const work = join(folder, 'hash');
    await mkdir(work);
    const file = join(work, 'table.json');
    const words = ['hash', 'build', data, '-m', model, '--text-column', 'sentence', '--buckets', '2', '-o', file];
    await writeFile(file, 'old');
    await killed(words, async () => (await readdir(work)).length > 1);
    const left = await readFile(file, 'utf8');
    if (left !== 'old') expect(JSON.parse(left)).toMatchObject({ format: 'hashee-exit-table' });
    const again = await run(words);
    expect(again.code, again.stderr).toBe(0);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ format: 'hashee-exit-table', layers: 3 });
  });
});
