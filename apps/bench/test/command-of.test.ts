import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { BenchOptions } from '../src/bench.js';
import { createProgram } from '../src/program.js';
import { commandOf } from '../src/report/command-of.js';

/** What a command line asks for; nothing is run. */
async function optionsOf(words: readonly string[]): Promise<BenchOptions> {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const program = createProgram({ ...streams, env: {}, signal: new AbortController().signal });
  await program.action(() => {}).parseAsync(words, { from: 'user' });
  return program.opts<BenchOptions>();
}

test.each([
  { words: [] },
  { words: ['--warmup', '3', '--seed', '7', '--shape', 'bert-base'] },
  { words: ['--model', 'models/mine', '--data', '../data', '--cache', 'elsewhere', '--python', 'venv/bin/python'] },
  { words: ['--threads', '0', '--workers', '1,2', '--order', 'unsorted', '--rows', '*-q8', '--what', 'tokens'] },
  {
    words: [
      '--only-fresh',
      '--seconds',
      '20',
      '--limit',
      '8',
      '--rounds',
      '2',
      '--batch-size',
      '1,8',
      '--task',
      'imdb',
    ],
  },
  { words: ['--no-fresh'] },
])('the command for $words asks for the same', async ({ words: given }) => {
  const options = await optionsOf(given);
  const command = commandOf(options);
  expect(command).toMatch(/^npm run -s bench -- /);
  const words = command.split(' ').map((word) => word.replace(/^'(.*)'$/, '$1'));
  expect(await optionsOf(words.slice(5))).toEqual(options);
});

test('words that a shell would take apart are quoted, and the place of the report is left out', async () => {
  const options = await optionsOf(['--model', "it's my model", '--output', 'speed.json', '--quiet']);
  expect(commandOf(options)).toContain(String.raw` --model 'it'\''s my model' --task sst-2 `);
  expect(commandOf(options)).not.toMatch(/speed\.json|quiet/);
  // zsh refuses a pattern that matches no file.
  expect(commandOf(await optionsOf(['--rows', '*-q8']))).toContain(" --rows '*-q8' ");
});
