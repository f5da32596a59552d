import { HasheeError, MemoryWeights } from '@hashee/core';
import { tinyBatch, tinyCheckpoint, tinyExitHeads, tinyRandomTable } from '@hashee/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkEngines, tfjs } from '../src/index.js';

const { config } = tinyCheckpoint();
const heads = tinyExitHeads('sequence-classification', config.layers);
const checkpoint = tinyCheckpoint({ heads, exitTable: tinyRandomTable(config, 2) });
const batch = tinyBatch(config, { lengths: [5, 2, 8] });
const losses = heads.map(({ name }) => ({ head: name, kind: 'cross-entropy' }) as const);

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    if (HasheeError.isInstance(error)) return error.code;
    throw error;
  }
}

async function brokenWeights(): Promise<MemoryWeights> {
  const tensors = await Promise.all(
    checkpoint.weights.names().map(async (name) => {
      const values = (await checkpoint.weights.read(name)).slice();
      if (name === 'layers.2.norm.bias') values.fill(Number.NaN);
      return [name, { shape: checkpoint.weights.shape(name), data: values }] as const;
    }),
  );
  return new MemoryWeights(tensors);
}

type Call = (...given: unknown[]) => unknown;
/** Puts another function in the place of one that an engine computes with. */
type Replace = (wrap: (call: Call) => Call) => () => void;

/** All products of an engine. */
const productKernel =
  (engine: string): Replace =>
  (wrap) => {
    const kernel = tf.getKernel('_FusedMatMul', engine)!;
    const put = (kernelFunc: Call): void => {
      tf.unregisterKernel('_FusedMatMul', engine);
      tf.registerKernel({ ...kernel, kernelFunc: kernelFunc as typeof kernel.kernelFunc });
    };
    put(wrap(kernel.kernelFunc as Call));
    return () => put(kernel.kernelFunc as Call);
  };

/** All calls into TensorFlow's native library. */
const nativeCalls = (): Replace => (wrap) => {
  const backend = tf.engine().findBackend('tensorflow') as unknown as { executeSingleOutput: Call };
  const call = backend.executeSingleOutput;
  backend.executeSingleOutput = wrap(call);
  return () => {
    backend.executeSingleOutput = call;
  };
};

function failAfter(replace: Replace): { start(calls: number): void; end(): void } {
  let left = 0;
  const end = replace(
    (call) =>
      function (this: unknown, ...given) {
        if (left-- > 0) return call.apply(this, given);
        throw new RangeError('Out of memory.');
      },
  );
  return { start: (calls) => (left = calls), end };
}

const native = (await checkEngines()).some(({ engine, works }) => engine === 'node' && works);

// The cpu engine is the slow one; what keeps tensors from leaking is the same.
describe.each([['wasm', 1000], ['cpu', 100], ...(native ? [['node', 1000] as const] : [])] as const)(
  'tensors on %s',
  (engine, runs) => {
    const backend = tfjs({ engine });
    const count = (): number => tf.memory().numTensors;

    // Constants of an engine are made once and stay: the numbers of GELU and LayerNorm on node.
    beforeAll(async () => {
      const encoder = await backend.load(checkpoint);
      await encoder.forward(batch);
      await encoder.dispose();
      const trainer = await backend.createTrainer!(checkpoint, { seed: 1, losses });
      await trainer.accumulate(batch, { labels: Int32Array.of(0, 1, 2) });
      await trainer.dispose();
    });

    test(`${runs} runs, refused, aborted and failed ones among them`, async () => {
      const empty = count();
      const encoder = await backend.load(checkpoint);
      const broken = await backend.load({ ...checkpoint, weights: await brokenWeights() });
      const codes = new Map<string, number>();
      // Absorbed attention wants some matrices in another layout, once.
      await encoder.forward(batch);
      await codeOf(broken.forward(batch));
      const loaded = count();
      for (let run = 0; run < runs; run++) {
        const controller = new AbortController();
        const { signal } = controller;
        const calls = [
          () => encoder.forward(batch),
          () => encoder.forward(batch, { hidden: true }),
          () => broken.forward(batch),
          () => {
            const call = encoder.forward(batch, { signal });
            controller.abort();
            return call;
          },
        ];
        const code = await codeOf(calls[run % calls.length]());
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
      expect(codes).toEqual(
        new Map([
          ['none', runs / 2],
          ['RUNTIME', runs / 4],
          ['ABORTED', runs / 4],
        ]),
      );
      expect(count()).toBe(loaded);
      await encoder.dispose();
      await broken.dispose();
      expect(count()).toBe(empty);
    });

    test('passes, ended, left open and aborted', async () => {
      const empty = count();
      const encoder = await backend.load(checkpoint);
      // Some matrices are put into another form, once.
      await encoder.forward(batch);
      const loaded = count();
      for (let run = 0; run < 20; run++) {
        const controller = new AbortController();
        const pass = await encoder.begin(batch, { signal: controller.signal });
        await pass.advance(1);
        await pass.logits('exit1');
        pass.keep([2, 0]);
        await pass.hidden();
        if (run % 2) controller.abort();
        expect(await codeOf(pass.advance(3))).toBe(run % 2 ? 'ABORTED' : 'none');
        pass.dispose();
      }
      expect(count()).toBe(loaded);
      const open = await encoder.begin(batch);
      await open.advance(2);
      expect(count()).toBeGreaterThan(loaded);
      await encoder.dispose();
      expect(count()).toBe(empty);
    });

    test('loading that is aborted or fails', async () => {
      const empty = count();
      const controller = new AbortController();
      const aborted = backend.load(checkpoint, {
        signal: controller.signal,
        onProgress: () => controller.abort(),
      });
      expect(await codeOf(aborted)).toBe('ABORTED');
      const weights = Object.assign(Object.create(checkpoint.weights), {
        names: () => checkpoint.weights.names(),
        shape: (name: string) => checkpoint.weights.shape(name),
        read: (name: string) =>
          name === 'layers.3.up.weight'
            ? Promise.reject(new HasheeError('IO', 'The disk is gone.'))
            : checkpoint.weights.read(name),
      });
      expect(await codeOf(backend.load({ ...checkpoint, weights }))).toBe('IO');
      expect(count()).toBe(empty);
    });

    test('training steps, failed ones among them', async () => {
      const empty = count();
      const trainer = await backend.createTrainer!(checkpoint, { seed: 1, losses });
      const labels = Int32Array.of(0, 1, 2);
      const step = async (): Promise<void> => {
        await trainer.accumulate(batch, { labels });
        await trainer.accumulate(batch, { labels });
        await trainer.update({ learningRate: 1e-3 });
        await trainer.accumulate(batch, { labels });
        await trainer.headImportance!(batch, { labels });
      };
      await step();
      const before = count();
      for (let run = 0; run < 10; run++) {
        await step();
        expect(await codeOf(trainer.accumulate(batch, { labels: Int32Array.of(0) }))).toBe('INVALID_ARGUMENT');
      }
      expect(count()).toBe(before);
      const encoder = await trainer.encoder();
      await encoder.forward(batch);
      expect(count()).toBe(before);

      const exploding = { seed: 1, losses: [{ head: 'main', kind: 'mse' }] } as const;
      const other = await backend.createTrainer!(checkpoint, exploding);
      const targets = { labels: new Float32Array(9).fill(1e30) };
      expect(await codeOf(other.accumulate(batch, targets))).toBe('RUNTIME');
      const failed = count();
      for (let run = 0; run < 10; run++) expect(await codeOf(other.accumulate(batch, targets))).toBe('RUNTIME');
      expect(count()).toBe(failed);
      await other.dispose();
      await trainer.dispose();
      expect(count()).toBe(empty);
    });

    test('an operation that throws half-way, forward and back', async () => {
      const empty = count();
      const encoder = await backend.load(checkpoint);
      const trainer = await backend.createTrainer!(checkpoint, { seed: 1, losses });
      await trainer.accumulate(batch, { labels: Int32Array.of(0, 1, 2) });
      const before = count();
      const failing = failAfter(engine === 'node' ? nativeCalls() : productKernel(engine));
      failing.start(4);
      try {
        expect(await codeOf(encoder.forward(batch))).toBe('RUNTIME');
        failing.start(4);
        expect(await codeOf(trainer.accumulate(batch, { labels: Int32Array.of(0, 1, 2) }))).toBe('RUNTIME');
      } finally {
        failing.end();
      }
      expect(count()).toBe(before);
      await encoder.forward(batch);
      await encoder.dispose();
      await trainer.dispose();
      expect(count()).toBe(empty);
    });
  },
);
