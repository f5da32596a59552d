import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeEncoderDecoder } from './encoder-decoder-folder.js';
import { writeModelFolder } from './model-folder.js';
import { run } from './run.js';
import { temporaryFolder } from './temporary-folder.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const commands = [...readme.matchAll(/^\$ hashee (.*)$/gm)].map(([, words]) => words);

const folder = await temporaryFolder();
const before = process.cwd();

beforeAll(async () => {
  process.chdir(folder);
  await writeModelFolder('my-model');
  await writeEncoderDecoder('my-summarizer', 'bart');
  await writeFile('reviews.txt', 'a great film\nvery bad\nnot a good story\n');
  await writeFile('dev.tsv', 'sentence\tlabel\ngreat music\tpositive\nawful plot\tnegative\n');
});
afterAll(() => process.chdir(before));

test('the README has examples', () => {
  expect(commands.length).toBeGreaterThan(5);
});

test.each(commands)('hashee %s', async (line) => {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
  const { code, stdout, stderr } = await run(words);
  expect(code, stderr).toBe(0);
  if (!words.includes('--output')) expect(stdout).not.toBe('');
});

test('files of the examples are there', async () => {
  expect(readFileSync(join(folder, 'answers.jsonl'), 'utf8').trim().split('\n')).toHaveLength(3);
});
