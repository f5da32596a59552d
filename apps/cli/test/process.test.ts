import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { writeModelFolder } from './model-folder.js';
import { temporaryFolder } from './temporary-folder.js';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const node = [process.execPath, '--conditions=@hashee/source', '--import', 'tsx', main] as const;

const folder = await temporaryFolder();
const { directory: model } = await writeModelFolder(join(folder, 'model'));

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(words: readonly string[], stdout: 'pipe' | number = 'pipe'): ChildProcess {
  return spawn(node[0], [...node.slice(1), ...words, ...(words[0] === 'inspect' ? [] : ['--threads', '1'])], {
    stdio: ['pipe', stdout, 'pipe'],
  });
}

async function finish(child: ChildProcess): Promise<Finished> {
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (part) => {
      text[name] += part;
    });
  const [code] = await once(child, 'close');
  return { code, ...text };
}

/** Runs the command as a process of its own. */
function run(words: readonly string[], stdin = ''): Promise<Finished> {
  const child = start(words);
  child.stdin?.on('error', () => {});
  child.stdin?.end(stdin);
  return finish(child);
}

// Each is a process that loads all of the sources, so a busy machine gets time.
describe('the process', { timeout: 120_000 }, () => {
  test('answers what is piped in, and ends with 0', async () => {
    const { code, stdout, stderr } = await run(['classify', '-m', model], 'a film\nbad plot\n');
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^2 texts in .*\n$/);
  });

  test('ends although stdin stays open when it was not asked for', async () => {
    const child = start(['classify', '-m', model, 'a film']);
    const { code } = await finish(child);
    child.stdin?.destroy();
    expect(code).toBe(0);
  });

  test('usage errors are 2, failures 1, without a stack', async () => {
    const [usage, failure] = await Promise.all([
      run(['classify', '--batch-size', '0', 'a']),
      run(['inspect', './none']),
    ]);
    expect([usage.code, failure.code]).toEqual([2, 1]);
    for (const { stderr } of [usage, failure]) expect(stderr).not.toMatch(/\n\s+at /);
    expect(failure.stderr).toEqual(expect.stringMatching(/^hashee: There is no folder \S*none\. \(NOT_FOUND\)\n$/));
  });

  test('a reader that has seen enough ends it quietly', async () => {
    // More than any pipe holds, so that writing must fail.
    const file = join(folder, 'many.txt');
    await writeFile(file, `${'a very good film . '.repeat(40)}\n`.repeat(5000));
    const child = start(['classify', '-m', model, '--file', file]);
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { code, stderr } = await finish(child);
    await rm(file);
    expect(stderr.replaceAll(/warning: .*\n/g, '')).toBe('');
    expect(code).toBe(0);
  });

  test.runIf(process.platform === 'linux')('a full disk behind stdout is a failure', async () => {
    const child = start(['classify', '-m', model, 'a film'], openSync('/dev/full', 'w'));
    child.stdin?.end();
    const { code, stderr } = await finish(child);
    expect(stderr).toContain('Cannot write standard output: the disk is full. (IO)');
    expect(code).toBe(1);
  });

  test('Ctrl-C ends it with 130 and leaves no half file', async () => {
    const work = join(folder, 'output');
    await mkdir(work);
    const child = start(['classify', '-m', model, '-o', join(work, 'out.txt')]);
    const finished = finish(child);
    child.stdin?.write('a film\n');
    const waitFor = async (seen: () => Promise<boolean>): Promise<void> => {
      while (!(await seen())) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await waitFor(async () => (await readdir(work)).some((name) => name.endsWith('.tmp')));
    child.kill('SIGINT');
    const { code, stderr } = await finished;
    expect([code, stderr]).toEqual([130, 'Interrupted.\n']);
    expect(await readdir(work)).toEqual([]);
  });

  test('Ctrl-C in training saves the run', async () => {
    const work = join(folder, 'training');
    await mkdir(work);
    const base = (await writeModelFolder(join(work, 'base'), { task: null, exitLayer: null })).directory;
    const data = join(work, 'train.tsv');
    await writeFile(data, `sentence\tlabel\n${'a great film\t1\na dull film\t0\n'.repeat(200)}`);
    const words = ['train', '-m', base, '--train', data, '--dev', data, '-o', join(work, 'out')];
    const child = start([...words, '--epochs', '200', '-b', '4']);
    const finished = finish(child);
    child.stdin?.end();
    child.stderr?.on('data', (text) => {
      if (/^epoch 1/m.test(String(text))) child.kill('SIGINT');
    });
    const { code, stderr } = await finished;
    expect(stderr).toContain('The same command goes on from there.\nInterrupted.\n');
    expect(code).toBe(130);
    expect((await readdir(work)).sort()).toEqual(['base', 'out.run', 'train.tsv']);
  });
});
