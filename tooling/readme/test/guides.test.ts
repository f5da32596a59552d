import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { readGuide } from '../src/guide.js';
import { prepareGuideFolder } from '../src/guide-folder.js';
import { runGuideBlock } from '../src/run-guide.js';
import { checkTritonModel } from './triton-model.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const guides = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md') && name !== 'README.md');
const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

function guideFolder(): { folder: string; env: NodeJS.ProcessEnv } {
  const folder = mkdtempSync(join(tmpdir(), 'hashee-guide-'));
  made.push(folder);
  return { folder, env: prepareGuideFolder(root, folder) };
}

/** What only one guide claims, looked up in the folder it leaves. */
const claims: Readonly<Record<string, (folder: string) => Promise<void>>> = {
  async 'export.md'(folder) {
    await checkTritonModel(join(folder, 'repository/sentiment'));
  },
  async 'reproduce-the-comparison.md'(folder) {
    expect(readdirSync(join(folder, 'results', 'cells'))).toHaveLength(2);
    expect(readFileSync(join(folder, 'results', 'README.md'), 'utf8')).toContain('A very small comparison');
  },
};

describe('every block of every guide runs, in order', () => {
  test.each(guides)('docs/%s', { timeout: 300_000 }, async (name) => {
    const blocks = readGuide(readFileSync(join(root, 'docs', name), 'utf8'));
    expect(blocks.length).toBeGreaterThan(0);
    const { folder, env } = guideFolder();
    for (const block of blocks) {
      await runGuideBlock(block, folder, env).catch((error: Error) => {
        throw new Error(`docs/${name}:${block.line}: ${error.message}`);
      });
    }
    await claims[name]?.(folder);
  });

  test('links between guides lead somewhere', () => {
    for (const name of ['README.md', ...guides])
      for (const [, target] of readFileSync(join(root, 'docs', name), 'utf8').matchAll(/\]\(([\w./-]+\.(?:md|sh))/g))
        expect(() => readFileSync(join(root, 'docs', target)), `${name}: ${target}`).not.toThrow();
  });
});

test('the guide says of each hash what the README of @hashee/hash says: who leaves first', () => {
  const cells = (file: string, column: number): Record<string, string> =>
    Object.fromEntries(
      [...readFileSync(join(root, file), 'utf8').matchAll(/^\| `([\w-]+)` \|(.*)\|$/gm)].map(([, hash, rest]) => [
        hash,
        rest.split('|')[column].trim().replaceAll('types', 'words'),
      ]),
    );
  const guide = cells('docs/choose-a-hash.md', 1);
  expect(Object.keys(guide)).toContain('mutual-information');
  expect(cells('packages/hash/README.md', 0)).toMatchObject(guide);
});

test('a block that fails is found', async () => {
  const { folder, env } = guideFolder();
  const [wrong, output, nothing] = readGuide(
    '```sh\nhashee inspect none\n```\n```js a.mjs\nconsole.log(1); // → 2\n```\n```\nx\n```\n',
  );
  await expect(runGuideBlock(wrong, folder, env)).rejects.toThrow(/There is no folder/);
  await expect(runGuideBlock(output, folder, env)).rejects.toThrow('it printed ["1"], not ["2"]');
  await expect(runGuideBlock(nothing, folder, env)).rejects.toThrow(/neither commands/);
});

test('docs/first-classifier.sh makes a faster, exported classifier of a TSV', { timeout: 300_000 }, async () => {
  const { folder, env } = guideFolder();
  const rows = Array.from({ length: 24 }, (_, i) =>
    i % 2 ? `where is my parcel ${i}\tdelivery` : `give me the money ${i}\trefund`,
  );
  for (const file of ['train.tsv', 'dev.tsv'])
    writeFileSync(join(folder, file), `sentence\tlabel\n${rows.join('\n')}\n`);
  const settings = { HASHEE_BASE: 'base', HASHEE_EPOCHS: '1', HASHEE_SPEEDUP: '1.2' };
  const started = performance.now();
  const { stdout } = await promisify(execFile)('bash', [join(root, 'docs/first-classifier.sh')], {
    cwd: folder,
    env: { ...env, ...settings },
  });
  expect(performance.now() - started).toBeLessThan(600_000);
  expect(stdout).toMatch(/^ {2}with accuracy [\d.]+\n {2}without accuracy [\d.]+\n {2}[\d.]+ times less work$/m);
  expect(stdout).toMatch(/^(?:delivery|refund)\b/m);
  const macs = (file: string): number => JSON.parse(readFileSync(join(folder, file), 'utf8')).macs;
  expect(macs('with-exits.json')).toBeLessThan(macs('without-exits.json'));
  expect(readdirSync(join(folder, 'classifier-onnx', 'onnx'))).toContain('model.onnx');
});
