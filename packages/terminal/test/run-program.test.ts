import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { HasheeError } from '@hashee/core';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { Interrupted, runProgram } from '../src/index.js';

async function run(words: readonly string[], signal = new AbortController().signal) {
  const written = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr'): Writable =>
    new Writable({
      write(chunk, _encoding, done) {
        written[name] += String(chunk);
        done();
      },
    });
  const program = new Command('hashee-test').option('--debug').addCommand(
    new Command('fail').option('--debug').action(() => {
      throw new HasheeError('INVALID_DATA', 'The file is empty.');
    }),
  );
  program.addCommand(new Command('work').option('-n <number>').action(() => {}));
  const code = await runProgram(program, words, { stdout: sink('stdout'), stderr: sink('stderr'), env: {}, signal });
  return { code, ...written };
}

test('what a command answers with', async () => {
  expect(await run(['work'])).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await run(['fail'])).toEqual({
    code: 1,
    stdout: '',
    stderr: 'hashee-test: The file is empty. (INVALID_DATA)\n',
  });
  expect((await run(['fail', '--debug'])).stderr).toContain('run-program.test.ts');
  expect(await run(['work'], AbortSignal.abort(new Interrupted('SIGHUP')))).toMatchObject({
    code: 129,
    stderr: 'Interrupted.\n',
  });
});

test('help and what was mistyped go through the streams', async () => {
  const help = await run(['work', '--help']);
  expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('-n <number>') });
  const mistyped = await run(['work', '--nimber', '3']);
  expect(mistyped).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining("unknown option '--nimber'") });
});

const MODULE = fileURLToPath(new URL('../src/index.ts', import.meta.url));
const start = (script: string) =>
  spawn(
    process.execPath,
    [
      '--conditions=@hashee/source',
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      `import { processSignal } from ${JSON.stringify(MODULE)};\n${script}`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
const WAIT = "setInterval(() => {}, 1000); process.stderr.write('ready');";

test('the first Ctrl-C is a request, the second one ends the process', { timeout: 60_000 }, async () => {
  const child = start(`processSignal().addEventListener('abort', () => process.stderr.write('asked')); ${WAIT}`);
  const said = async (text: string): Promise<void> => {
    for await (const chunk of child.stderr.iterator({ destroyOnReturn: false }))
      if (String(chunk).includes(text)) return;
  };
  await said('ready');
  child.kill('SIGINT');
  await said('asked');
  expect(child.exitCode).toBeNull();
  child.kill('SIGINT');
  expect(await once(child, 'close')).toEqual([130, null]);
});

test('a reader that has seen enough is told by the reason', { timeout: 60_000 }, async () => {
  const child = start(
    `const signal = processSignal(); signal.addEventListener('abort', () => { process.stderr.write(signal.reason.name); process.exit(); });
     setInterval(() => process.stdout.write('line\\n'.repeat(1000)), 1);`,
  );
  let text = '';
  child.stderr.on('data', (chunk) => {
    text += String(chunk);
  });
  child.stdout.once('data', () => child.stdout.destroy());
  await once(child, 'close');
  expect(text).toBe('OutputClosed');
});
