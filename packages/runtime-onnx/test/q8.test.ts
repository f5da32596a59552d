import { type Encoder, MemoryWeights, Random } from '@hashee/core';
import { tinyBatch, tinyCheckpoint, tinyConfig, tinyHead, tinyRandomTable } from '@hashee/core/testing';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Graph } from '../src/graph/graph.js';
import { modelBytes } from '../src/graph/model-bytes.js';
import { fusedMatMul, linear } from '../src/graph/operators.js';
import { onnx } from '../src/index.js';
import { cpuFeatures } from '../src/quantize/cpu-features.js';
import { quantizedTensors, quantizeForRuntime } from '../src/quantize/quantized-binding.js';

// Wide enough that linear maps are worth 8 bits.
const config = tinyConfig('bert', { hiddenSize: 128, intermediateSize: 256, headSize: 32, heads: [4, 4, 4] });
const { layers } = config;
const model = tinyCheckpoint({ config, exitTable: tinyRandomTable(config, 3) });
const batch = tinyBatch(config, { lengths: [9, 12, 5, 11] });

/** Root mean square of the differences, in units of the spread of the expected values. */
function distance(actual: Float32Array, expected: Float32Array): number {
  const mean = expected.reduce((sum, value) => sum + value, 0) / expected.length;
  let error = 0;
  let spread = 0;
  expected.forEach((value, i) => {
    error += (actual[i] - value) ** 2;
    spread += (value - mean) ** 2;
  });
  return Math.sqrt(error / spread);
}

/** Y = X·Wᵀ + b with W in `levels` steps a side for each output and X in 256 steps over the range of `all`, in plain loops. */
function plainProduct(
  x: Float32Array,
  weight: Float32Array,
  bias: Float32Array,
  levels: number,
  all: Float32Array = x,
): Float32Array {
  const N = bias.length;
  const K = weight.length / N;
  const low = Math.min(0, ...all);
  const step = (Math.max(0, ...all) - low) / 255;
  const zero = Math.round(-low / step);
  const rounded = Array.from(x, (value) => step * (Math.max(0, Math.min(255, Math.round(value / step) + zero)) - zero));
  const result = new Float32Array((x.length / K) * N);
  for (let n = 0; n < N; n++) {
    const row = weight.subarray(n * K, (n + 1) * K);
    const scale = Math.fround(Math.max(...row.map(Math.abs)) / levels);
    for (let m = 0; m < x.length / K; m++) {
      let sum = bias[n];
      for (let k = 0; k < K; k++) sum += rounded[m * K + k] * scale * Math.round(row[k] / scale);
      result[m * N + n] = sum;
    }
  }
  return result;
}

// Where sums of products saturate, only the reduced range is exact, which is why it is the default there.
const exactSums = cpuFeatures().exactInt8Sums === true;

describe.each([
  ['the full range', false, 127],
  ['the reduced range', true, 63],
] as const)('one linear map in %s', (_, reduceRange, levels) => {
  test.runIf(reduceRange || exactSums)('equals plain loops over rounded numbers', async () => {
    const random = Random.stream(5);
    const values = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
    const [M, K, N] = [7, 160, 128];
    const [x, weight, bias] = [values(M * K), values(N * K), values(N)];
    const weights = new MemoryWeights([
      ['layers.1.up.weight', { shape: [N, K], data: weight }],
      ['layers.1.up.bias', { shape: [N], data: bias }],
    ]);
    const stored = quantizedTensors(weights, weights.names(), reduceRange);
    const data = new Map(await Promise.all(stored.map(async ({ name, read }) => [name, await read()] as const)));
    expect([...data.keys()]).toEqual(['layers.1.up.weight.q8', 'layers.1.up.weight.scale', 'layers.1.up.bias']);

    const graph = new Graph();
    const states = graph.input('x', 'float32', ['m', K]);
    const product = linear(
      graph,
      states,
      graph.parameter('layers.1.up.weight', [N, K]),
      graph.parameter('layers.1.up.bias', [N]),
    );
    graph.output(product, 'y');
    quantizeForRuntime(graph, weights, reduceRange);
    const bytes = modelBytes(graph, ({ weight: name }) => ({ kind: 'bytes', data: data.get(name)! }));
    const session = await ort.InferenceSession.create(bytes);
    const { y } = await session.run({ x: new ort.Tensor('float32', x, [M, K]) });
    const expected = plainProduct(x, weight, bias, levels);
    for (const [i, value] of (y.data as Float32Array).entries()) expect(value).toBeCloseTo(expected[i], 3);
    await session.release();
  });
});

describe.each([
  ['key', 'the full range', false, 127],
  ['key', 'the reduced range', true, 63],
  ['value', 'the full range', false, 127],
  ['value', 'the reduced range', true, 63],
] as const)('%s weights of each head in %s', (part, _, reduceRange, levels) => {
  const [A, D, H, m] = [4, 32, 160, 5];
  // From a head's query to states, or from states to a head's answer.
  const [K, N] = part === 'key' ? [D, H] : [H, D];
  const random = Random.stream(7);
  const values = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
  const [x, weight] = [values(m * A * K), values(A * D * H)];
  const name = `layers.1.${part}.weight`;
  const weights = new MemoryWeights([[name, { shape: [A * D, H], data: weight }]]);

  /** [A, m, N] */
  function expected(rowOf: (head: number, row: number) => number): Float32Array {
    const result = new Float32Array(A * m * N);
    for (let head = 0; head < A; head++) {
      const own = new Float32Array(m * K);
      for (let row = 0; row < m; row++) own.set(x.subarray(rowOf(head, row) * K, (rowOf(head, row) + 1) * K), row * K);
      const of = (n: number, k: number): number =>
        part === 'key' ? weight[(head * D + k) * H + n] : weight[(head * D + n) * H + k];
      const rows = Float32Array.from({ length: N * K }, (_, i) => of(Math.floor(i / K), i % K));
      result.set(plainProduct(own, rows, new Float32Array(N), levels, x), head * m * N);
    }
    return result;
  }

  test.runIf(reduceRange || exactSums).each([
    ['heads side by side', true],
    ['one head after the other', false],
  ])('%s: equals plain loops over rounded numbers', async (_, transBatchA) => {
    const stored = quantizedTensors(weights, [name], reduceRange, D);
    const data = new Map<string, Float32Array | Int8Array>();
    for (const { name, read } of stored) data.set(name, await read());
    const graph = new Graph();
    const rows = graph.input('x', 'float32', transBatchA ? ['m', A, K] : [A, 'm', K]);
    const product = fusedMatMul(graph, rows, graph.parameter(name, [A, D, H]), {
      transBatchA,
      transB: part === 'value',
    });
    graph.output(product, 'y');
    quantizeForRuntime(graph, weights, reduceRange);
    expect(graph.nodes.map(({ operator }) => operator)).not.toContain('FusedMatMul');
    const bytes = modelBytes(graph, ({ weight }) => ({ kind: 'bytes', data: data.get(weight)! }));
    const session = await ort.InferenceSession.create(bytes);
    const { y } = await session.run({ x: new ort.Tensor('float32', x, transBatchA ? [m, A, K] : [A, m, K]) });
    const wanted = expected((head, row) => (transBatchA ? row * A + head : head * m + row));
    for (const [i, value] of (y.data as Float32Array).entries()) expect(value).toBeCloseTo(wanted[i], 3);
    await session.release();
  });
});

describe.each([undefined, null] as const)('q8, exit table %s', (exitTable) => {
  let exact: Encoder;
  let quantized: Encoder;
  beforeAll(async () => {
    exact = await onnx({ threads: 1 }).load(model, { exitTable });
    quantized = await onnx({ threads: 1 }).load(model, { exitTable, dtype: 'q8' });
  });
  afterAll(async () => {
    await exact.dispose();
    await quantized.dispose();
  });

  test('states stay near those of fp32, and are not the same', async () => {
    const expected = await exact.forward(batch, { hidden: true });
    const actual = await quantized.forward(batch, { hidden: true });
    const error = distance(actual.hidden!, expected.hidden!);
    expect(error).toBeGreaterThan(1e-5);
    expect(error).toBeLessThan(0.25);
    expect(actual.account.exitLayers).toEqual(expected.account.exitLayers);
  });

  test('the result says what ran', async () => {
    expect(quantized.dtype).toBe('q8');
    expect((await quantized.forward(batch)).account.dtype).toBe('q8');
    expect((await exact.forward(batch)).account.dtype).toBe('fp32');
  });

  test('a pass layer by layer stays near as well', async () => {
    const pass = await quantized.begin(batch);
    await pass.advance(layers);
    const logits = await pass.logits('main');
    expect(distance(logits, (await exact.forward(batch)).logits)).toBeLessThan(0.5);
  });
});

describe('how q8 is made', () => {
  test.each(['projected', 'absorbed'] as const)('%s attention stays near fp32', async (attention) => {
    const expected = await (await onnx({ threads: 1 }).load(model)).forward(batch, { hidden: true });
    const quantized = await onnx({ threads: 1, attention }).load(model, { dtype: 'q8' });
    const actual = await quantized.forward(batch, { hidden: true });
    expect(actual.account.attention).toContain(attention);
    expect(distance(actual.hidden!, expected.hidden!)).toBeLessThan(0.25);
    await quantized.dispose();
  });

  test.each(exactSums ? [false, true] : [true])(
    'weights within the asked range, reduceRange %s',
    async (reduceRange) => {
      const quantized = await onnx({ threads: 1, reduceRange }).load(model, { dtype: 'q8' });
      const { logits } = await quantized.forward(batch);
      const exact = await onnx({ threads: 1 }).load(model);
      expect(distance(logits, (await exact.forward(batch)).logits)).toBeLessThan(0.5);
      await quantized.dispose();
      await exact.dispose();
    },
  );

  test('a classifier with an attention of its own stays near fp32, at sizes that heads of the encoder do not divide', async () => {
    const own = { ...tinyHead('sequence-classification', 2, { name: 'own' }), attention: { units: 80, heads: 2 } };
    const heads = [tinyHead('sequence-classification', layers), own];
    const attending = tinyCheckpoint({ config, heads });
    const [exact, quantized] = await Promise.all(
      ['fp32', 'q8'].map((dtype) => onnx({ threads: 1 }).load(attending, { dtype })),
    );
    const answers = await Promise.all(
      [exact, quantized].map(async (encoder) => {
        const pass = await encoder.begin(batch);
        await pass.advance(2);
        return pass.logits('own');
      }),
    );
    expect(distance(answers[1], answers[0])).toBeLessThan(0.7);
    expect(answers[1]).not.toEqual(answers[0]);
    await exact.dispose();
    await quantized.dispose();
  });

  test('an unknown dtype is refused with those that exist', async () => {
    await expect(onnx().load(model, { dtype: 'q4' })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: 'The onnx runtime has the dtypes fp32 and q8, got "q4".',
    });
  });
});
