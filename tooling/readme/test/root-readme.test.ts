import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { readGuide } from '../src/guide.js';
import { nodeOptions, prepareGuideFolder } from '../src/guide-folder.js';
import { runGuideBlock } from '../src/run-guide.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'hashee-readme-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NAME = 'all-MiniLM-L6-v2';
const COMMIT = 'a'.repeat(40);

/** A folder where a reader of the README would be: a clone, with data of their own and that encoder in the hub's cache, a tiny one. */
function readersFolder(): NodeJS.ProcessEnv {
  const env = prepareGuideFolder(root, folder);
  const script = join(folder, 'make-base.ts');
  cpSync(fileURLToPath(new URL('../src/make-base.ts', import.meta.url)), script);
  const like = join(root, 'packages/checkpoint/test/golden/model');
  execFileSync(process.execPath, [...nodeOptions, script, like, join(folder, NAME), '8', '128'], { cwd: folder });
  const cached = join(folder, 'hub', `models--sentence-transformers--${NAME}`);
  mkdirSync(join(cached, 'refs'), { recursive: true });
  writeFileSync(join(cached, 'refs', 'main'), COMMIT);
  cpSync(join(folder, NAME), join(cached, 'snapshots', COMMIT), { recursive: true });

  const kinds = ['where is my parcel it never came to me', 'give me the money back i do not want it'];
  const rows = (labels: readonly string[]): string =>
    Array.from({ length: 24 }, (_, i) => `${kinds[i % 2]} ${kinds[i % 2]} ${i}\t${labels[i % 2]}\n`).join('');
  mkdirSync(join(folder, 'data', 'sst-2'), { recursive: true });
  for (const file of ['train.tsv', 'dev.tsv']) {
    writeFileSync(join(folder, file), `sentence\tlabel\n${rows(['delivery', 'refund'])}`);
    writeFileSync(join(folder, 'data', 'sst-2', file), `sentence\tlabel\n${rows(['0', '1'])}`);
  }
  const npm = [
    '#!/bin/sh',
    '[ "$*" = test ] && exit 0 # this very run',
    '[ "$1" = install ] && exit 0 # the packages are there',
    '[ "$1 $2 $4" = "run -s --" ] || exit 2',
    'command=$3; shift 4',
    'case $command in hashee) exec hashee "$@" ;; compare) exec hashee-compare "$@" ;; *) exit 2 ;; esac',
  ];
  writeFileSync(join(folder, '.bin', 'npm'), `${npm.join('\n')}\n`, { mode: 0o755 });
  return { ...env, HF_HUB_CACHE: join(folder, 'hub') };
}

test('every block of the README runs, in order', { timeout: 300_000 }, async () => {
  const blocks = readGuide(readFileSync(join(root, 'README.md'), 'utf8'));
  const env = readersFolder();
  for (const [i, block] of blocks.entries()) {
    const language = block.language === 'typescript' ? 'ts' : block.language;
    const file =
      block.file ?? (['ts', 'js'].includes(language) ? `example-${i}.${language === 'ts' ? 'ts' : 'mjs'}` : undefined);
    await runGuideBlock({ ...block, language, file }, folder, env).catch((error: Error) => {
      // The README doesn't promise what its programs print.
      if (!error.message.startsWith('it printed')) throw new Error(`README.md:${block.line}: ${error.message}`);
    });
  }
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['mine', 'mine-onnx', 'trained']));
  expect(readFileSync(join(folder, 'results/mine/README.md'), 'utf8')).toContain('| ElasticBERT (entropy) |');
});
