import { Random } from '@hashee/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../src/engine/engine.js';
import { openEngine } from '../src/engine/open-engine.js';
import { difference } from './golden-files.js';

let wasm: Engine;
let cpu: Engine;

beforeAll(async () => {
  [wasm, cpu] = [await openEngine('wasm', {}), await openEngine('cpu', {})];
});

/** Runs the same on both engines and compares all results. */
async function compare(work: (engine: Engine) => tf.Tensor[], tolerance: number): Promise<void> {
  const [ours, theirs] = [wasm, cpu].map((engine) => engine.run(() => work(engine)));
  for (const [i, tensor] of ours.entries()) {
    const [a, b] = [await wasm.take(tensor), await cpu.take(theirs[i])];
    expect(difference(a, b), `result ${i}`).toBeLessThan(tolerance);
  }
}

const random = new Random(5);
const values = (n: number, scale = 1): Float32Array => Float32Array.from({ length: n }, () => scale * random.normal());

describe('kernels of ours on wasm give what the cpu engine gives', () => {
  test('they are registered', () => {
    for (const name of ['HasheeGelu', 'HasheeGeluGradient', 'HasheeLayerNorm', 'HasheeLayerNormGradient'])
      expect(tf.getKernel(name, 'wasm'), name).toBeDefined();
  });

  // Whole vectors, tails of one to three, and a single value.
  test.each([1, 3, 8, 30, 1023])('GELU of %s values and its gradient', async (n) => {
    const x = values(n, 3);
    if (n > 20) x.set([0, -0, 12, -12, 60, -60, 1e4, -1e4], 2);
    const upstream = values(n);
    await compare((engine) => [engine.operations.kernels.activation(engine.float32(x, [1, n]), 'gelu')], 1e-5);
    await compare((engine) => {
      const { kernels } = engine.operations;
      return [kernels.activationGradient(engine.float32(upstream, [1, n]), engine.float32(x, [1, n]), 'gelu')];
    }, 1e-5);
  });

  test.each([
    [5, 24],
    [1, 4],
    [7, 384],
    // Not a multiple of four: TensorFlow.js's own operations.
    [3, 30],
  ])('LayerNorm of [%s, %s] and its gradient', async (rows, width) => {
    const [a, b, upstream] = [values(rows * width, 2), values(rows * width), values(rows * width)];
    const [weight, bias] = [values(width), values(width)];
    for (const second of [true, false])
      await compare((engine) => {
        const { kernels } = engine.operations;
        const matrix = (data: Float32Array): tf.Tensor => engine.float32(data, [rows, width]);
        const w = engine.float32(weight, [width]);
        const other = second ? matrix(b) : undefined;
        const made = kernels.layerNorm(matrix(a), other, w, engine.float32(bias, [width]), 1e-12);
        const gradient = kernels.layerNormGradient(matrix(upstream), w, made.normalized, made.inverseDeviation);
        return [made.value, made.normalized, made.inverseDeviation, gradient];
      }, 2e-5);
  });
});
