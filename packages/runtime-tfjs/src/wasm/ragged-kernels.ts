import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { TensorFlow } from '../engine/tensorflow.js';
import type { RaggedKernels } from '../operations/kernels.js';
import { defineKernel, type Exports, memoryOf, runKernel, type WasmBackend } from './wasm-memory.js';

const BYTES = 4;

export function raggedConfigs(backend: WasmBackend, { attention, product }: Exports): KernelConfig[] {
  const { at, size, output } = memoryOf(backend);
  return [
    defineKernel('RaggedAttention', (inputs, { heads, shared, longest, scale }) => {
      const { q, k, v, queryRows, queryOffsets, keyRows, keyOffsets } = inputs;
      const y = output(q.shape);
      // Freed with all that isn't returned from the stretch of work.
      const scores = output([4, 4 * Math.ceil(longest / 4)]);
      const addresses = [q, k, v, y, scores, queryRows, queryOffsets, keyRows, keyOffsets].map(at);
      const row = BYTES * q.shape[1];
      const width = shared ? q.shape[1] : q.shape[1] / heads;
      const head = shared ? (row * q.shape[0]) / heads : BYTES * width;
      const strides = [row, head, BYTES * k.shape[1], shared ? 0 : BYTES * width];
      attention(...addresses, size(queryOffsets) - 1, heads, width, ...strides, scale);
      return [y, scores];
    }),
    defineKernel('SpreadHeads', ({ q, weight }, { heads }) => {
      const [m, inputs] = q.shape;
      const [, H] = weight.shape;
      const D = inputs / heads;
      const y = output([heads * m, H]);
      for (let h = 0; h < heads; h++) {
        const [from, matrix, to] = [at(q) + BYTES * h * D, at(weight) + BYTES * h * D * H, at(y) + BYTES * h * m * H];
        product(from, matrix, 0, to, m, D, H, BYTES * inputs, BYTES * H, BYTES * H);
      }
      return y;
    }),
    defineKernel('JoinHeads', ({ x, weight, bias }, { heads }) => {
      const [H, outputs] = weight.shape;
      const m = x.shape[0] / heads;
      const D = outputs / heads;
      const y = output([m, outputs]);
      for (let h = 0; h < heads; h++) {
        const [from, matrix, to] = [at(x) + BYTES * h * m * H, at(weight) + BYTES * h * D, at(y) + BYTES * h * D];
        product(from, matrix, at(bias) + BYTES * h * D, to, m, H, D, BYTES * H, BYTES * outputs, BYTES * outputs);
      }
      return y;
    }),
  ];
}

/** Attention on the wasm engine's memory; rows are multiples of four values. */
export function raggedKernels(tf: TensorFlow): RaggedKernels {
  return {
    fits: (width) => width % 4 === 0,
    attention: ({ q, k, v }, queries, keys, { heads, shared, longest, scale }) =>
      runKernel(
        tf,
        'RaggedAttention',
        {
          ...{ q, k, v, queryRows: queries.rows, queryOffsets: queries.offsets },
          ...{ keyRows: keys.rows, keyOffsets: keys.offsets },
        },
        { heads, shared: Number(shared), longest, scale },
      )[0],
    spreadHeads: (q, weight, heads) => runKernel(tf, 'SpreadHeads', { q, weight }, { heads })[0],
    joinHeads: (x, weight, bias, heads) => runKernel(tf, 'JoinHeads', { x, weight, bias }, { heads })[0],
  };
}
