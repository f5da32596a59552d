import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LabelledSequence, Random } from '@hashee/core';
import { TINY_SPECIAL_IDS, tinyCheckpoint, tinyConfig, tinyHead, tinyRandomTable } from '@hashee/core/testing';
import { type EncodedDataset, evaluate, evaluator } from '@hashee/eval';
import { onnx } from '@hashee/runtime-onnx';
import { afterAll, describe, expect, it } from 'vitest';
import { type TrainEvent, type TrainOptions, type TrainResult, train } from '../src/index.js';

const root = mkdtempSync(join(tmpdir(), 'hashee-train-onnx-'));
afterAll(() => rmSync(root, { recursive: true }));

const { first, last, count: SPECIAL } = TINY_SPECIAL_IDS;
const config = tinyConfig('bert');
const labels = ['early', 'late'];

/** Short texts whose class is where in the vocabulary their words come from. */
function texts(count: number, seed: number): EncodedDataset {
  const random = new Random(seed);
  const sequences = Array.from({ length: count }, (): LabelledSequence => {
    const label = random.below(2);
    const words = Array.from({ length: 1 + random.below(4) }, () => SPECIAL + 2 * random.below(20) + label);
    return { inputIds: Int32Array.of(first, ...words, last), label };
  });
  return { task: 'sequence-classification', labels, sequences, truncated: 0 };
}

const dev = texts(60, 2);
const base = (): TrainOptions => ({
  backend: onnx({ threads: 1 }),
  model: tinyCheckpoint({
    heads: [{ ...tinyHead('sequence-classification', config.layers), labels }],
    exitTable: tinyRandomTable(config),
  }),
  trainSet: texts(120, 1).sequences,
  dev: evaluator(dev),
  batchSize: 10,
  epochs: 4,
  learningRate: 1e-2,
  dropout: 0,
});

interface Essence {
  readonly weights: Readonly<Record<string, Float32Array>>;
  readonly rest: object;
}

async function essence({ model, seconds: _seconds, ...rest }: TrainResult): Promise<Essence> {
  const weights: Record<string, Float32Array> = {};
  for (const name of model.weights.names()) weights[name] = await model.weights.read(name);
  return { weights, rest };
}

describe('training on ONNX Runtime', { timeout: 120_000 }, () => {
  it('learns with exits, and gives a model that loads', async () => {
    const { model, best, history } = await train(base());
    expect(best.score).toBeGreaterThan(0.85);
    expect(history.at(-1)?.loss).toBeLessThan(history[0].loss);
    const encoder = await onnx({ threads: 1 }).load(model);
    const { score, countedSpeedup } = await evaluate(encoder, dev);
    expect(score).toBe(best.score);
    expect(countedSpeedup).toBeGreaterThan(1.05);
    await encoder.dispose();
  });

  it('goes on after Ctrl-C with the same losses and weights, to the bit', async () => {
    const lossesOf = (into: number[]) => (event: TrainEvent) => {
      if (event.type === 'step') into.push(event.loss);
    };
    const recipe: TrainOptions = { ...base(), accumulation: 2, epochs: 2, evaluateEvery: 5, dropout: 0.1 };
    const straight: number[] = [];
    const expected = await train({ ...recipe, onEvent: lossesOf(straight) });
    const losses: number[] = [];
    const options = { ...recipe, directory: join(root, 'run') };
    for (const step of [2, 5, 8]) {
      const controller = new AbortController();
      const onEvent = (event: TrainEvent): void => {
        lossesOf(losses)(event);
        if (event.type === 'step' && event.step === step) controller.abort();
      };
      await expect(train({ ...options, onEvent, signal: controller.signal })).rejects.toMatchObject({
        code: 'ABORTED',
        fields: { step },
      });
    }
    const result = await train({ ...options, onEvent: lossesOf(losses) });
    expect(losses).toEqual(straight);
    expect(await essence(result)).toEqual(await essence(expected));
  });

  it('makes targets for each batch, and runs the layers it is told to', async () => {
    const { trainSet } = base();
    const answers = trainSet.map(({ label }) => Float32Array.of(label === 0 ? 2 : -1, label === 0 ? -1 : 2));
    const recipe: TrainOptions = { ...base(), dev: undefined, epochs: 1, accumulation: 2, exitTable: null };
    const losses = [{ head: 'main', kind: 'distillation', target: 'teacher' }] as const;
    const expected = await train({ ...recipe, losses, teacher: answers });
    const seen: number[] = [];
    const targets = {
      fingerprint: 'answers',
      names: ['soft'],
      of: (_batch: unknown, { indices, step, part }: { indices: Int32Array; step: number; part: number }) => {
        seen.push(2 * step + part);
        return { soft: Float32Array.from(Array.from(indices, (index) => [...answers[index]]).flat()) };
      },
    };
    const soft = [{ ...losses[0], target: 'soft' }];
    const directory = join(root, 'targets');
    const result = await train({ ...recipe, losses: soft, targets, directory });
    expect(await essence(result)).toEqual(await essence(expected));
    expect(seen).toEqual(Array.from(seen.keys()));
    await expect(
      train({ ...recipe, losses: soft, targets: { ...targets, fingerprint: 'others' }, directory }),
    ).rejects.toThrow(/differs in targets/);

    const layers = { fingerprint: 'two of three', of: (step: number) => (step % 2 === 0 ? [1, 3] : [2, 3]) };
    const chosen = await train({ ...recipe, layers });
    const untouched = await train({ ...recipe, layers: { ...layers, of: () => [1, 3] } });
    const name = 'layers.2.up.weight';
    // Weight decay doesn't reach biases: without a gradient they stay.
    const bias = 'layers.2.up.bias';
    expect(await untouched.model.weights.read(bias)).toEqual(await base().model.weights.read(bias));
    expect(await chosen.model.weights.read(name)).not.toEqual(await untouched.model.weights.read(name));
  });

  it('asks a teacher', async () => {
    const { exitTable: _exitTable, ...dense } = base().model;
    const teacher = await onnx({ threads: 1 }).load(dense);
    const terms: (readonly number[])[] = [];
    const onEvent = (event: TrainEvent): void => {
      if (event.type === 'step') terms.push(event.terms);
    };
    await train({ ...base(), teacher, epochs: 1, accumulation: 4, onEvent });
    await teacher.dispose();
    expect(terms).toHaveLength(3);
    // The student begins as the teacher, and differs by its exits only.
    expect(terms[0][1]).toBeGreaterThan(0);
    expect(terms[0][1]).toBeLessThan(terms[0][0]);
  });
});
