import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encoderTensors, HasheeError, headTensors } from '@hashee/core';
import { describe, expect, test } from 'vitest';
import { WORDS, writeModelFolder } from './model-folder.js';
import { run } from './run.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const { directory: model, checkpoint } = await writeModelFolder(join(folder, 'model'));

describe('hashee inspect', () => {
  test('counts parameters, exits and bytes', async () => {
    const { code, stdout } = await run(['inspect', model, '--json']);
    const { config, heads, exitTable } = checkpoint;
    const tensors = [...encoderTensors(config), ...headTensors(heads[0], config.hiddenSize)];
    const parameters = tensors.reduce((sum, [, shape]) => sum + shape.reduce((product, n) => product * n, 1), 0);
    const histogram = [0, 0, 0];
    for (const layer of exitTable?.exitLayer ?? []) histogram[layer - 1]++;
    expect(code).toBe(0);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({
      directory: model,
      parameters,
      dtypes: ['F32'],
      exits: { histogram, vocabulary: WORDS.length },
      problems: [],
    });
    expect(summary.bytes).toBeGreaterThan(4 * parameters);
  });

  test('is readable', async () => {
    const { stdout } = await run(['inspect', model]);
    expect(stdout).toMatch(/^encoder +bert, 3 layers, hidden size 24, 3 heads of 8, feed-forward 40$/m);
    expect(stdout).toMatch(/^head +sequence-classification on layer 3: negative, positive$/m);
    expect(stdout).toMatch(/^ {2}layer 1 +\d+ +[\d.]+ % {2}█+$/m);
    expect(stdout).toMatch(/No problems found\.\n$/);
  });

  test('names problems', async () => {
    const { directory } = await writeModelFolder(join(folder, 'headless'), { task: null, exitLayer: null });
    expect((await run(['inspect', directory])).stdout).toContain('problem: no head');
  });

  test('says why a model cannot be read', async () => {
    const { directory } = await writeModelFolder(join(folder, 'broken'));
    await writeFile(join(directory, 'tokenizer.json'), '{}');
    const { code, stderr } = await run(['inspect', directory]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('INVALID_TOKENIZER')]);
  });
});

describe('hashee doctor', () => {
  test('runs a model and answers with 0', async () => {
    const { code, lines } = await run(['doctor'], { env: { HASHEE_DATA: folder, HF_HUB_CACHE: folder } });
    expect(code).toBe(0);
    expect(lines.find((line) => line.startsWith('✓ Runtime'))).toMatch(
      /onnx on onnxruntime-node [\d.]+: a test model ran in/,
    );
    expect(lines.find((line) => line.includes('Task data'))).toBe(`✓ Task data           ${folder}`);
    expect(lines.find((line) => line.includes('Hugging Face'))).toBe(`✓ Hugging Face cache  ${folder}`);
  });

  test('answers with 1 when something essential is broken', async () => {
    const { code, stdout, stderr } = await run(['doctor', '--json', '--threads', '1'], {
      createBackend: async () => {
        throw new HasheeError('MISSING_DEPENDENCY', 'onnxruntime-node is not installed.');
      },
    });
    expect(code).toBe(1);
    expect(JSON.parse(stdout).findings).toContainEqual({
      name: 'Runtime',
      status: 'broken',
      text: 'onnxruntime-node is not installed.',
      fix: expect.stringContaining('npm install --ignore-scripts onnxruntime-node'),
    });
    expect(stderr).toContain('Not ready: Runtime.');
  });
});
