import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bundleEntry } from '../src/bundle-entry.js';
import { publishedPackages } from '../src/published-packages.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Most bytes that an entry may have, minified, with the house's own packages and without libraries. About a quarter above what it has. */
const ceilings: Readonly<Record<string, number>> = {
  '@hashee/baselines': 127_000,
  '@hashee/checkpoint': 95_000,
  '@hashee/cli': 787_000,
  '@hashee/core': 16_500,
  '@hashee/core/backend': 15_000,
  '@hashee/core/testing': 101_000,
  '@hashee/difficulty': 221_000,
  '@hashee/difficulty/results': 27_000,
  '@hashee/difficulty/tensorflow': 9_000,
  '@hashee/difficulty/words': 1_500,
  '@hashee/eval': 59_000,
  '@hashee/eval/files': 3_000,
  '@hashee/eval/plots': 6_000,
  '@hashee/eval/report': 11_000,
  '@hashee/generation': 19_000,
  '@hashee/hash': 31_000,
  '@hashee/model-sst2': 1_000,
  '@hashee/pipeline': 17_000,
  '@hashee/runtime-onnx': 174_000,
  '@hashee/runtime-onnx/export': 73_000,
  '@hashee/runtime-onnx/workers': 23_000,
  '@hashee/runtime-tfjs': 86_000,
  '@hashee/terminal': 6_500,
  '@hashee/train': 51_000,
};

/** Entries that run in a browser: what they import there, too, has no `node:` module. */
const forBrowsers = new Set([
  '@hashee/core',
  '@hashee/core/testing',
  '@hashee/hash',
  '@hashee/difficulty/words',
  '@hashee/pipeline',
  '@hashee/generation',
  '@hashee/runtime-tfjs',
]);

const entries = publishedPackages(root).flatMap(({ directory, manifest }) =>
  Object.entries(manifest.exports ?? {}).flatMap(([entry, target]) => {
    const source = (target as Readonly<Record<string, string>>)['@hashee/source'];
    return source ? [[`${manifest.name}${entry.slice(1)}`, `${directory}/${source.slice(2)}`] as const] : [];
  }),
);

describe('what an import brings', () => {
  test.each(entries)('%s', async (name, source) => {
    const { bytes, node, external } = await bundleEntry(root, source);
    expect(Object.keys(ceilings), `give it a ceiling; it has ${bytes} bytes`).toContain(name);
    expect(bytes).toBeLessThanOrEqual(ceilings[name]);
    if (forBrowsers.has(name)) expect(node).toEqual([]);
    // Whoever wants a native library asks for it.
    if (!/^@hashee\/(?:runtime-|cli)/.test(name))
      expect(external.filter((library) => /^(?:onnxruntime-node|@tensorflow\/tfjs-node)/.test(library))).toEqual([]);
  });

  test('no ceiling is left of an entry that is gone', () => {
    expect(Object.keys(ceilings).sort()).toEqual(entries.map(([name]) => name).sort());
  });
});
