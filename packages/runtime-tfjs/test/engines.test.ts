import { HasheeError } from '@hashee/core';
import { tinyBatch, tinyCheckpoint } from '@hashee/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { checkEngines, describeTfjs, type EngineName, tfjs } from '../src/index.js';

const checkpoint = tinyCheckpoint();
const batch = tinyBatch(checkpoint.config);

async function refusal(work: () => unknown): Promise<HasheeError> {
  try {
    await work();
  } catch (error) {
    if (HasheeError.isInstance(error)) return error;
    throw error;
  }
  throw new HasheeError('NOT_CONFORMING', 'It was not refused.');
}

describe('choosing', () => {
  test('auto says which engine it took and why the faster ones did not work', async () => {
    const { engine, package: name, version, refused, features } = await describeTfjs();
    const native = refused.every(({ engine }) => engine !== 'node');
    expect(engine).toBe(native ? 'node' : 'wasm');
    expect(name).toBe(native ? '@tensorflow/tfjs-node' : '@tensorflow/tfjs-backend-wasm');
    expect(version).toBe('4.22.0');
    if (native) return;
    expect(refused.map(({ engine }) => engine)).toEqual(['node-gpu', 'node', 'webgpu', 'webgl']);
    expect(refused[0].reason).toMatch(/npm (install|rebuild) @tensorflow\/tfjs-node-gpu/);
    expect(refused[3].reason).toMatch(/needs a browser/);
    expect(features['WASM_HAS_SIMD_SUPPORT']).toBe(true);
  });

  test('every engine is looked at, and those that cannot work say what to do', async () => {
    const findings = await checkEngines();
    expect(findings.map(({ engine }) => engine)).toEqual(['node-gpu', 'node', 'webgpu', 'webgl', 'wasm', 'cpu']);
    for (const finding of findings) {
      if (['wasm', 'cpu'].includes(finding.engine)) expect(finding.works, finding.engine).toBe(true);
      if (!finding.works && finding.code === 'MISSING_DEPENDENCY') {
        expect(finding.reason).toContain(finding.package);
        expect(finding.reason).toMatch(/npm (install|rebuild)/);
      }
    }
  });

  test('an engine that needs a browser', async () => {
    const error = await refusal(() => tfjs({ engine: 'webgl' }).load(checkpoint));
    expect(error.code).toBe('UNSUPPORTED');
    expect(error.fields).toMatchObject({ engine: 'webgl' });
  });

  test('more than one thread, where the engine has one', async () => {
    const error = await refusal(() => tfjs({ engine: 'wasm', threads: 2 }).load(checkpoint));
    expect([error.code, error.message]).toEqual(['UNSUPPORTED', expect.stringContaining('runs on one thread')]);
    const encoder = await tfjs({ engine: 'wasm', threads: 1 }).load(checkpoint);
    await encoder.dispose();
    expect((await refusal(() => tfjs({ threads: 0.5 }))).code).toBe('INVALID_ARGUMENT');
  });

  test('another number of threads than the native library runs with', async (context) => {
    const working = (await checkEngines()).find(({ engine }) => engine === 'node');
    if (!working?.works) return context.skip('tfjs-node has no native part here');
    // Vitest's process has loaded it by now, without a number.
    const error = await refusal(() => tfjs({ engine: 'node', threads: 3 }).load(checkpoint));
    expect([error.code, error.message]).toEqual(['UNSUPPORTED', expect.stringContaining('Start another process')]);
  });

  test('unknown options', async () => {
    const engine = 'abacus' as EngineName;
    expect((await refusal(() => tfjs({ engine }))).message).toMatch(/engine must be one of auto, node-gpu/);
    const attention = 'more' as 'auto';
    expect((await refusal(() => tfjs({ attention }))).code).toBe('INVALID_ARGUMENT');
  });
});

test('TensorFlow.js can be handed in', async () => {
  const encoder = await tfjs({ engine: 'cpu', tf }).load(checkpoint);
  const { account } = await encoder.forward(batch);
  expect(account.device).toBe('cpu');
  await encoder.dispose();
});

test('engines serve one process side by side, and leave the active one of others alone', async () => {
  const [wasm, cpu] = [await tfjs({ engine: 'wasm' }).load(checkpoint), await tfjs({ engine: 'cpu' }).load(checkpoint)];
  await tf.setBackend('cpu');
  const outputs = await Promise.all([wasm.forward(batch), cpu.forward(batch), wasm.forward(batch)]);
  expect(outputs.map(({ account }) => account.device)).toEqual(['wasm', 'cpu', 'wasm']);
  expect(tf.getBackend()).toBe('cpu');
  outputs[0].logits.forEach((value, i) => {
    expect(value).toBeCloseTo(outputs[1].logits[i], 4);
  });
  const mine = tf.tensor1d([1, 2, 3]);
  expect(Array.from(await tf.add(mine, 1).data())).toEqual([2, 3, 4]);
  await wasm.dispose();
  await cpu.dispose();
});
