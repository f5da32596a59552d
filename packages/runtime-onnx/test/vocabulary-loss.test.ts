import { Random } from '@hashee/core';
import { expect, test } from 'vitest';
import { Graph } from '../src/graph/graph.js';
import { TARGET } from '../src/sequence-to-sequence/training/target-inputs.js';
import { vocabularyLoss } from '../src/sequence-to-sequence/training/vocabulary-loss.js';
import { loadOrt } from '../src/session/ort.js';
import { GraphSession } from '../src/session/session.js';
import { difference } from './golden-files.js';

const [N, H, V] = [11, 5, 37];
const SMOOTHING = 0.15;
const SCALE = 0.7;
const random = new Random(3);
const numbers = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
const states = numbers(N * H);
const weight = numbers(V * H);
const bias = numbers(V);
const labels = Array.from({ length: N }, () => random.below(V));

/** The same by loops in float64. */
function reference(): { loss: number; states: Float64Array; weight: Float64Array; bias: Float64Array } {
  const result = {
    loss: 0,
    states: new Float64Array(N * H),
    weight: new Float64Array(V * H),
    bias: new Float64Array(V),
  };
  for (let n = 0; n < N; n++) {
    const z = Array.from({ length: V }, (_, v) => {
      let sum = bias[v];
      for (let h = 0; h < H; h++) sum += states[n * H + h] * weight[v * H + h];
      return sum;
    });
    const norm = Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0));
    for (let v = 0; v < V; v++) {
      const target = (v === labels[n] ? 1 - SMOOTHING : 0) + SMOOTHING / V;
      result.loss -= (target * (z[v] - norm)) / N;
      const gradient = ((Math.exp(z[v] - norm) - target) * SCALE) / N;
      result.bias[v] += gradient;
      for (let h = 0; h < H; h++) {
        result.states[n * H + h] += gradient * weight[v * H + h];
        result.weight[v * H + h] += gradient * states[n * H + h];
      }
    }
  }
  return result;
}

test.each([1, 2, 4])('loss and gradient in %i chunks are those of plain loops', async (chunks) => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['n', H]);
  const loss = vocabularyLoss(graph, x, graph.input('w', 'float32', [V, H]), graph.input('b', 'float32', [V]), {
    chunks,
    smoothing: SMOOTHING,
    vocabSize: V,
    wants: { weight: true, bias: true },
  });
  for (const name of ['loss', 'states', 'weight', 'bias'] as const) graph.output(loss[name]!, name);
  const settings = { ort: await loadOrt(undefined), threads: 1, executionProviders: ['cpu'] };
  const session = await GraphSession.create(settings, graph, { bind: () => ({ kind: 'input' }) });
  const end = (chunk: number): number => Math.floor((N * chunk) / chunks);
  const sizes = Array.from({ length: chunks }, (_, chunk) => BigInt(end(chunk + 1) - end(chunk)));
  const float32 = (data: Float32Array, dims: number[]) => ({ type: 'float32' as const, data, dims });
  const results = await session.run(
    new Map<string, Parameters<typeof session.tensor>[0]>([
      ['x', float32(states, [N, H])],
      ['w', float32(weight, [V, H])],
      ['b', float32(bias, [V])],
      [TARGET.labels, { type: 'int64', data: BigInt64Array.from(labels, BigInt), dims: [N, 1] }],
      [TARGET.chunks, { type: 'int64', data: BigInt64Array.from(sizes), dims: [chunks] }],
      [TARGET.share, float32(Float32Array.of(1 / N), [])],
      [TARGET.scale, float32(Float32Array.of(SCALE / N), [])],
    ]),
  );
  const expected = reference();
  expect((results['loss'].data as Float32Array)[0]).toBeCloseTo(expected.loss, 5);
  for (const name of ['states', 'weight', 'bias'] as const)
    expect(difference(results[name].data as Float32Array, expected[name]), name).toBeLessThan(1e-6);
  await session.release();
});
