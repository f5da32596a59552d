import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeModelFolder } from './model-folder.js';
import { run } from './run.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const { directory: model } = await writeModelFolder(join(folder, 'model'));
const texts = ['the film is great', 'a dull plot', 'it was a fine story , and very good music'];
const textFile = join(folder, 'texts.txt');
await writeFile(textFile, texts.join('\n'));
const WASM = ['--runtime', 'tfjs', '--engine', 'wasm'];

describe('--runtime tfjs', () => {
  test('classify gives the labels and scores that ONNX Runtime gives', async () => {
    const answers = async (words: readonly string[]): Promise<unknown[]> => {
      const { code, lines, stderr } = await run(['classify', '-m', model, '--json', ...words, ...texts]);
      expect(code, stderr).toBe(0);
      return lines.map((line) => JSON.parse(line));
    };
    const scores = (answer: unknown): unknown =>
      JSON.parse(JSON.stringify(answer), (_, value) => (typeof value === 'number' ? expect.closeTo(value, 4) : value));
    expect(await answers(WASM)).toEqual((await answers([])).map(scores));
  });

  test('train and evaluate', async () => {
    const data = join(folder, 'data.tsv');
    const rows = texts.flatMap((text, i) => [`${text}\t${i % 2 ? 'negative' : 'positive'}`, `the ${text}\tpositive`]);
    await writeFile(data, `sentence\tlabel\n${rows.join('\n')}\n`);
    const losses = async (output: string, words: readonly string[]): Promise<number[]> => {
      const runDirectory = join(folder, `${output}.log`);
      const command = ['train', '-m', model, '--train', data, '--dev', data, '-o', join(folder, output), '-q'];
      const recipe = ['--epochs', '5', '-b', '2', '--dropout', '0', '--learning-rate', '1e-3'];
      const { code, stderr } = await run([...command, ...recipe, '--run-dir', runDirectory, ...words]);
      expect(code, stderr).toBe(0);
      const evaluated = await run(['evaluate', data, '-m', join(folder, output), '--json', ...words]);
      expect(evaluated.code, evaluated.stderr).toBe(0);
      return [JSON.parse(evaluated.stdout).metrics.accuracy];
    };
    expect(await losses('by-tfjs', WASM)).toEqual(await losses('by-onnx', []));
    const saved = async (name: string): Promise<Buffer> => readFile(join(folder, name, 'model.safetensors'));
    expect((await saved('by-tfjs')).length).toBe((await saved('by-onnx')).length);
  });

  test('bench names the engine', async () => {
    const { code, stdout, stderr } = await run([
      ...['bench', textFile, '-m', model, '--rounds', '2', '--json', '-q'],
      ...WASM,
    ]);
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.runtime).toMatchObject({ name: '@tensorflow/tfjs-backend-wasm', version: '4.22.0' });
    expect(report.cells).toHaveLength(1);
    expect(report.cells[0]).toMatchObject({ threads: 1, batchSize: 32 });
  });

  test('doctor has a row for every engine', async () => {
    const { stdout } = await run(['doctor', '--json']);
    const { findings } = JSON.parse(stdout) as { findings: { name: string; status: string; fix?: string }[] };
    const engines = findings.filter(({ name }) => name.startsWith('TF.js'));
    expect(engines.map(({ name }) => name)).toEqual(
      ['node-gpu', 'node', 'webgpu', 'webgl', 'wasm', 'cpu'].map((engine) => `TF.js ${engine}`),
    );
    expect(engines.find(({ name }) => name === 'TF.js wasm')?.status).toBe('ok');
    for (const { status, fix } of engines)
      if (status === 'missing') expect(fix).toMatch(/npm (install|rebuild) @tensorflow/);
  });

  test('refuses options that belong to the other runtime', async () => {
    const engine = await run(['classify', '-m', model, '--engine', 'wasm', 'a film']);
    expect([engine.code === 0, engine.stderr]).toEqual([false, expect.stringContaining('add --runtime tfjs')]);
    const threads = await run(['classify', '-m', model, '--runtime', 'tfjs', '--threads', '2', 'a film']);
    expect([threads.code === 0, threads.stderr]).toEqual([false, expect.stringContaining('Leave --threads out')]);
  });
});
