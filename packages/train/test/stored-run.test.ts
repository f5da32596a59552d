import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { holdsRun, removeRun, train } from '../src/index.js';
import { bagOfWordsBackend } from './bag-of-words/backend.js';
import { smallRun } from './small-tasks.js';

const root = mkdtempSync(join(tmpdir(), 'hashee-stored-run-'));
afterAll(() => rmSync(root, { recursive: true }));

async function runIn(name: string): Promise<string> {
  const directory = join(root, name);
  const run = smallRun();
  const teacher = await bagOfWordsBackend.load(run.model, { head: 'main' });
  await train({ ...run, directory, epochs: 1, teacher });
  writeFileSync(join(directory, 'checkpoint.safetensors.0123456789ab.tmp'), 'half of it');
  expect(readdirSync(directory).sort()).toEqual([
    'checkpoint.safetensors',
    'checkpoint.safetensors.0123456789ab.tmp',
    'teacher.safetensors',
    'train-log.jsonl',
  ]);
  return directory;
}

it('goes with its folder', async () => {
  const directory = await runIn('own');
  expect(await holdsRun(directory)).toBe(true);
  await removeRun(directory);
  expect(readdirSync(root)).not.toContain('own');
  expect(await holdsRun(directory)).toBe(false);
  await removeRun(directory);
});

it('leaves what is not its own', async () => {
  const directory = await runIn('shared');
  writeFileSync(join(directory, 'notes.txt'), 'keep me');
  mkdirSync(join(directory, 'data'));
  writeFileSync(join(directory, 'data', 'train-log.jsonl'), 'of another run');
  await removeRun(directory);
  expect(readdirSync(directory).sort()).toEqual(['data', 'notes.txt']);
  expect(readFileSync(join(directory, 'notes.txt'), 'utf8')).toBe('keep me');
  expect(readdirSync(join(directory, 'data'))).toEqual(['train-log.jsonl']);
});
