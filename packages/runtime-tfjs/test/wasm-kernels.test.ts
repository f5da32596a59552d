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
    for (const name of ['Gelu', 'GeluGradient', 'LayerNorm', 'LayerNormGradient', 'RaggedAttention', 'SpreadHeads'])
      expect(tf.getKernel(`Hashee${name}`, 'wasm'), name).toBeDefined();
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

interface Ragged {
  readonly heads: number;
  readonly width: number;
  /** Keys of each sequence, and how many of the rows are its queries. */
  readonly lengths: readonly number[];
  readonly queries: readonly number[];
}

/** Numbers 0 to n - 1 in another order, and where each sequence's begin. */
function shuffledRows(counts: readonly number[]): { rows: Int32Array; offsets: Int32Array } {
  const offsets = Int32Array.from([0, ...counts]);
  for (let b = 0; b < counts.length; b++) offsets[b + 1] += offsets[b];
  const rows = Int32Array.from({ length: offsets[counts.length] }, (_, i) => i);
  for (let i = rows.length - 1; i > 0; i--) {
    const j = random.uint32() % (i + 1);
    [rows[i], rows[j]] = [rows[j], rows[i]];
  }
  return { rows, offsets };
}

describe('attention without padding is softmax(Q Kᵀ) V of each head, counted in float64', () => {
  const cases: readonly Ragged[] = [
    { heads: 2, width: 8, lengths: [5, 1, 4, 7], queries: [3, 1, 0, 7] },
    { heads: 3, width: 4, lengths: [2, 9], queries: [2, 1] },
    { heads: 1, width: 12, lengths: [6], queries: [5] },
    { heads: 4, width: 32, lengths: [40, 3], queries: [33, 2] },
  ];

  test.each(cases.flatMap((one) => [true, false].map((shared) => ({ ...one, shared }))))(
    '$heads heads of width $width, shared keys: $shared, lengths $lengths',
    async ({ heads, width, lengths, queries, shared }) => {
      const { ragged } = wasm.operations.kernels;
      const [keyRows, queryRows] = [shuffledRows(lengths), shuffledRows(queries)];
      const [T, m] = [keyRows.rows.length, queryRows.rows.length];
      const row = shared ? width : heads * width;
      const shape = shared ? [heads * m, width] : [m, row];
      const [q, k, v] = [values(heads * m * width), values(T * row, 2), values(T * row)];
      const longest = Math.max(...lengths);
      const result = wasm.run(() => {
        const table = ({ rows, offsets }: typeof keyRows) => ({ rows: wasm.rows(rows), offsets: wasm.rows(offsets) });
        const inputs = {
          q: wasm.float32(q, shape),
          k: wasm.float32(k, [T, row]),
          v: wasm.float32(v, [T, row]),
        };
        return ragged!.attention(inputs, table(queryRows), table(keyRows), { heads, shared, longest, scale: 0.3 });
      });
      expect(result.shape).toEqual(shape);

      const expected = new Float32Array(heads * m * width);
      for (let b = 0; b < lengths.length; b++)
        for (const i of queryRows.rows.subarray(queryRows.offsets[b], queryRows.offsets[b + 1]))
          for (let h = 0; h < heads; h++) {
            const from = shared ? (h * m + i) * width : i * row + h * width;
            const keys = keyRows.rows.subarray(keyRows.offsets[b], keyRows.offsets[b + 1]);
            const at = (t: number): number => t * row + (shared ? 0 : h * width);
            const powers = Array.from(keys, (t) => {
              let score = 0;
              for (let d = 0; d < width; d++) score += q[from + d] * k[at(t) + d];
              return Math.exp(0.3 * score);
            });
            const sum = powers.reduce((total, power) => total + power, 0);
            for (let d = 0; d < width; d++)
              expected[from + d] = keys.reduce((mixed, t, j) => mixed + (powers[j] / sum) * v[at(t) + d], 0);
          }
      expect(difference(await wasm.take(result), expected)).toBeLessThan(1e-5);
    },
  );

  test.each([
    [3, 8, 24, 5],
    [2, 4, 12, 1],
    [1, 12, 12, 4],
  ])('%s heads of width %s spread over %s and joined again, %s rows', async (heads, D, H, m) => {
    const { ragged } = wasm.operations.kernels;
    const width = heads * D;
    const [q, weight, x] = [values(m * width), values(width * H), values(heads * m * H)];
    const [back, bias] = [values(H * width), values(width)];
    const [spread, joined] = wasm.run(() => [
      ragged!.spreadHeads(wasm.float32(q, [m, width]), wasm.float32(weight, [width, H]), heads),
      ragged!.joinHeads(
        wasm.float32(x, [heads * m, H]),
        wasm.float32(back, [H, width]),
        wasm.float32(bias, [width]),
        heads,
      ),
    ]);
    const sum = (n: number, term: (i: number) => number): number => {
      let total = 0;
      for (let i = 0; i < n; i++) total += term(i);
      return total;
    };
    const wide = Float32Array.from({ length: heads * m * H }, (_, at) => {
      const [h, i, j] = [Math.floor(at / (m * H)), Math.floor(at / H) % m, at % H];
      return sum(D, (d) => q[i * width + h * D + d] * weight[(h * D + d) * H + j]);
    });
    const narrow = Float32Array.from({ length: m * width }, (_, at) => {
      const [i, o] = [Math.floor(at / width), at % width];
      const h = Math.floor(o / D);
      return bias[o] + sum(H, (j) => x[(h * m + i) * H + j] * back[j * width + o]);
    });
    expect(difference(await wasm.take(spread), wide)).toBeLessThan(1e-4);
    expect(difference(await wasm.take(joined), narrow)).toBeLessThan(1e-4);
  });
});
