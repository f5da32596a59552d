import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadTokenizer } from '@hashee/checkpoint';
import { describe, expect, test } from 'vitest';
import { readTableFile } from '../src/table/table-file.js';
import { WORDS, writeModelFolder } from './model-folder.js';
import { run } from './run.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const { directory: model } = await writeModelFolder(join(folder, 'model'), { exitLayer: null });
const { fingerprint } = await loadTokenizer(model);
const idOf = (word: string): number => WORDS.indexOf(word);

// The worked example of the frequency hash: good 3, movie 3, bad 3, plot 2, fun (here: fine) 1, end 1.
const TRAIN = ['good movie', 'good fine movie', 'bad movie', 'bad bad plot'];
const DEV = ['good plot end'];
const LABELS = [1, 1, 0, 0];
const train = join(folder, 'train.txt');
const dev = join(folder, 'dev.txt');
const labelled = join(folder, 'train.tsv');
await writeFile(train, `${TRAIN.join('\n')}\n`);
await writeFile(dev, `${DEV.join('\n')}\n`);
await writeFile(labelled, `sentence\tlabel\n${TRAIN.map((text, i) => `${text}\t${LABELS[i]}`).join('\n')}\n`);

const layersOf = async (path: string, ...words: string[]): Promise<number[]> => {
  const { exitLayer } = await readTableFile(path);
  return words.map((word) => exitLayer[idOf(word)]);
};

describe('hashee hash build', () => {
  test('frequency: the worked example, written with the tokenizer it is for', async () => {
    const output = join(folder, 'frequency.table.json');
    const { code, stdout, stderr } = await run(['hash', 'build', train, '-m', model, '--dev', dev, '-o', output]);
    expect([code, stderr]).toEqual([0, `Wrote ${output}: ${WORDS.length} entries, 3 layers.\n`]);
    expect(await layersOf(output, 'good', 'movie', 'bad', 'plot', 'fine', 'end')).toEqual([1, 1, 2, 2, 3, 3]);
    expect(await layersOf(output, '[CLS]', '[SEP]', 'awful')).toEqual([3, 3, 3]);
    expect((await readTableFile(output)).tokenizerFingerprint).toBe(fingerprint);
    expect(stdout).toContain('Mean exit layer');
  });

  test('mutual information reads the labels: the worked example', async () => {
    const output = join(folder, 'mi.table.json');
    const words = ['hash', 'build', labelled, '-m', model, '--hash', 'mutual-information', '-o', output, '-q'];
    expect((await run(words)).code).toBe(0);
    expect(await layersOf(output, 'bad', 'good', 'fine', 'plot', 'movie')).toEqual([1, 2, 3, 3, 3]);
    const plain = await run(['hash', 'build', train, '-m', model, '--hash', 'mutual-information']);
    expect([plain.code, plain.stderr]).toEqual([2, expect.stringContaining("Can't tell the format")]);
  });

  test('a target instead of buckets', async () => {
    const report = async (...words: string[]): Promise<{ meanExitLayer: { occurrences: number } }> =>
      JSON.parse((await run(['hash', 'build', train, '-m', model, '--json', ...words])).stdout);
    expect((await report('--mean-exit-layer', '2.5')).meanExitLayer.occurrences).toBeLessThanOrEqual(2.5);
    expect(await report('--speedup', '1.2')).toMatchObject({ speedup: { counted: expect.any(Number) } });
    const impossible = await run(['hash', 'build', train, '-m', model, '--speedup', '100']);
    expect([impossible.code, impossible.stderr]).toEqual([2, expect.stringContaining("can't be reached")]);
  });

  test('uniform, random and clustered tables', async () => {
    const output = join(folder, 'other.table.json');
    const build = async (...words: string[]): Promise<number> =>
      (await run(['hash', 'build', train, '-m', model, '-o', output, ...words])).code;
    expect(await build('--hash', 'uniform', '--exit-layer', '2')).toBe(0);
    expect(await layersOf(output, 'good', 'awful', '[CLS]')).toEqual([2, 2, 3]);
    expect(await build('--hash', 'random-consistent', '--seed', '7')).toBe(0);
    const random = (await readTableFile(output)).exitLayer;
    expect(await build('--hash', 'random-consistent', '--seed', '7')).toBe(0);
    expect((await readTableFile(output)).exitLayer).toEqual(random);
    expect(await build('--hash', 'clustered', '--buckets', '2')).toBe(0);
  });

  test('reads texts from a pipe', async () => {
    const output = join(folder, 'piped.table.json');
    const { code } = await run(['hash', 'build', '-', '-m', model, '-o', output], { stdin: TRAIN.join('\n') });
    expect(code).toBe(0);
    expect(await layersOf(output, 'movie', 'bad', 'good', 'end')).toEqual([1, 2, 3, 3]);
  });

  test.each([
    [['hash', 'build', train], 2, /required option '-m, --model/],
    [['hash', 'build', '-m', model], 2, /Which data\? Give --train/],
    [['hash', 'build', train, '-m', model, '--hash', 'bogus'], 2, /Unknown hash "bogus"\. Hashes: frequency/],
    [['hash', 'build', train, '-m', model, '--source-column', 'text'], 2, /--source-column is for encoder-decoders/],
    [['hash', 'inspect', model, train, '--source-column', 'text'], 2, /--text-column names the column/],
    [['hash', 'build', train, '-m', model, '--buckets', '4'], 2, /buckets/],
    [['hash', 'build', train, '-m', model, '--buckets', '2', '--speedup', '2'], 2, /cannot be used with/],
    [['hash', 'build', train, '-m', model, '--exit-layer', '2'], 2, /--exit-layer belongs to --hash uniform/],
    [['hash', 'build', join(folder, 'no.txt'), '-m', model], 1, /There is no file/],
    [['hash', 'build', process.execPath, '-m', model], 1, /INVALID_DATA/],
    [['hash', 'build', train, '-m', model, '-o', join(folder, 'no', 'a.json')], 1, /its folder does not exist/],
    [['hash', 'build', '--task', 'sst-3', '-m', model], 2, /Unknown task "sst-3"/],
    [['hash', 'build', '--task', 'csl', '--data', folder, '-m', model], 2, /No head answers task "csl"/],
  ])('refuses %j', async (words, code, message) => {
    const ran = await run(words);
    expect(ran.stderr).toMatch(message);
    expect(ran.code).toBe(code);
  });
});

describe('hashee hash inspect', () => {
  test('a table file on texts', async () => {
    const table = join(folder, 'frequency.table.json');
    await run(['hash', 'build', train, '-m', model, '--dev', dev, '-o', table]);
    const { code, stdout } = await run(['hash', 'inspect', table, dev, '-m', model, '--json']);
    expect(code).toBe(0);
    // [CLS] good plot end [SEP]: 3, 1, 2, 3, 3.
    expect(JSON.parse(stdout)).toMatchObject({
      sequences: 1,
      tokens: 5,
      histogram: { occurrences: [1, 1, 3] },
      meanExitLayer: { occurrences: 2.4 },
    });
    expect((await run(['hash', 'inspect', table, dev, '-m', model])).stdout).toContain('2.40 over tokens');
  });

  test("a model's own table, or none", async () => {
    const { directory } = await writeModelFolder(join(folder, 'with-table'));
    const { stdout } = await run(['hash', 'inspect', directory, labelled, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ sequences: 4, hash: { name: 'custom' } });
    const none = await run(['hash', 'inspect', model, dev]);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('has no exit table')]);
  });

  test('a table of another model is refused', async () => {
    const table = join(folder, 'other.table.json');
    const write = (change: object): Promise<void> =>
      writeFile(
        table,
        JSON.stringify({
          format: 'hashee-exit-table',
          formatVersion: 1,
          layers: 3,
          vocabulary: WORDS.length,
          hash: { name: 'custom', parameters: {} },
          exitLayers: Buffer.alloc(WORDS.length, 3).toString('base64'),
          ...change,
        }),
      );
    const inspect = async (): Promise<string> => (await run(['hash', 'inspect', table, dev, '-m', model])).stderr;
    await write({});
    expect(await inspect()).toBe('');
    await write({ layers: 6 });
    expect(await inspect()).toContain('The exit table is for 6 layers, the model has 3');
    await write({ vocabulary: 2, exitLayers: 'AwM=' });
    expect(await inspect()).toContain(`has 2 vocabulary entries, the model has ${WORDS.length}`);
    await write({ tokenizerFingerprint: 'other' });
    expect(await inspect()).toContain("was made with another tokenizer than the model's");
    expect((await run(['hash', 'inspect', table, dev])).stderr).toContain('needs --model <folder>');
  });
});
