import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Checkpoint, collate, type ExitTable, encoderTensors, MemoryWeights, Random } from '@hashee/core';
import { TINY_SPECIAL_IDS, tinyCheckpoint, tinyConfig, tinyRandomTable } from '@hashee/core/testing';
import { onnx } from '@hashee/runtime-onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdaptOptions, adapt, type TrainEvent, type TrainResult } from '../src/index.js';

const root = mkdtempSync(join(tmpdir(), 'hashee-adapt-'));
afterAll(() => rmSync(root, { recursive: true }));

const { first, last, count: SPECIAL } = TINY_SPECIAL_IDS;
const config = tinyConfig('bert');
const { hiddenSize: H } = config;
const backend = onnx({ threads: 1 });
const exitTable = tinyRandomTable(config);

/** Texts of a small language: each word is followed by one of three. */
function texts(count: number, seed: number): { readonly inputIds: Int32Array }[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    let word = random.below(40);
    const words = Array.from({ length: 2 + random.below(8) }, () => {
      word = (3 * word + random.below(3)) % 40;
      return SPECIAL + word;
    });
    return { inputIds: Int32Array.of(first, ...words, last) };
  });
}

/** A pretrained encoder with a pooler, and a table of its own that doesn't matter. */
function pretrained(): Checkpoint {
  const { weights } = tinyCheckpoint({ heads: [] });
  const pooler = new Float32Array(H * H).fill(0.5);
  const added = new Map([
    ['pooler.weight', { shape: [H, H], data: pooler }],
    ['pooler.bias', { shape: [H], data: new Float32Array(H).fill(0.25) }],
  ]);
  return {
    config,
    heads: [],
    exitTable: { ...exitTable, exitLayer: new Uint8Array(config.vocabSize).fill(1) },
    weights: {
      names: () => [...weights.names(), ...added.keys()],
      shape: (name) => added.get(name)?.shape ?? weights.shape(name),
      read: async (name) => added.get(name)?.data ?? weights.read(name),
    },
  };
}

const base = (): AdaptOptions => ({
  backend,
  model: pretrained(),
  exitTable,
  texts: texts(160, 1),
  epochs: 3,
  batchSize: 20,
  learningRate: 5e-3,
});

/** States of the first tokens after the last layer, one text after the other. */
async function firstStates(model: Checkpoint, table: ExitTable | null): Promise<number[]> {
  const encoder = await backend.load(model, { exitTable: table });
  const batch = collate(texts(40, 2));
  const { hidden } = await encoder.forward(batch, { hidden: true });
  await encoder.dispose();
  return Array.from({ length: 40 }, (_, b) => [...hidden!.subarray(batch.offsets[b] * H).subarray(0, H)]).flat();
}

function meanSquaredError(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length;
}

async function weightsOf({ weights }: Checkpoint): Promise<Record<string, Float32Array>> {
  const tensors: Record<string, Float32Array> = {};
  for (const name of weights.names()) tensors[name] = await weights.read(name);
  return tensors;
}

describe('adapt', { timeout: 120_000 }, () => {
  const losses: number[] = [];
  const asked: number[] = [];
  let result: TrainResult;
  beforeAll(async () => {
    result = await adapt({
      ...base(),
      onEvent: (event) => {
        if (event.type === 'step') losses.push(event.loss);
        if (event.type === 'teacher') asked.push(event.done);
      },
    });
  }, 120_000);

  it('brings the states of texts that it has not seen closer to those without exits', async () => {
    const dense = await firstStates(pretrained(), null);
    const before = meanSquaredError(await firstStates(pretrained(), exitTable), dense);
    const after = meanSquaredError(await firstStates(result.model, exitTable), dense);
    expect(before).toBeGreaterThan(0.01);
    expect(after).toBeLessThan(0.7 * before);
  });

  it('learns the states themselves', async () => {
    expect(losses).toHaveLength(24);
    expect(asked.at(-1)).toBe(160);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(-4))).toBeLessThan(0.6 * mean(losses.slice(0, 4)));
    // The first loss is the squared distance of the states, before anything was learned.
    const { exitTable: _table, ...model } = pretrained();
    const [only] = texts(1, 3);
    const own: number[] = [];
    await adapt({
      ...base(),
      model,
      texts: [only],
      epochs: 1,
      onEvent: (event) => event.type === 'step' && own.push(event.loss),
    });
    const states = await Promise.all(
      [null, exitTable].map(async (table) => {
        const encoder = await backend.load(model, { exitTable: table });
        const { hidden } = await encoder.forward(collate([only]), { hidden: true });
        await encoder.dispose();
        return [...hidden!.subarray(0, H)];
      }),
    );
    expect(own[0]).toBeCloseTo(H * meanSquaredError(states[0], states[1]), 3);
  });

  it('gives an encoder with the table, without heads, with all tensors', async () => {
    const { model, history, steps } = result;
    expect([model.heads, history, steps]).toEqual([[], [], 24]);
    expect(model.config).toEqual(config);
    expect(model.exitTable).toBe(exitTable);
    const [before, after] = [await weightsOf(pretrained()), await weightsOf(model)];
    const names = encoderTensors(config).map(([name]) => name);
    expect(Object.keys(after).sort()).toEqual([...names, 'pooler.weight', 'pooler.bias'].sort());
    for (const [name, shape] of encoderTensors(config)) expect(model.weights.shape(name)).toEqual(shape);
    // Attention is the same whatever the keys' bias.
    for (const name of names.filter((each) => !each.endsWith('key.bias')))
      expect(after[name], name).not.toEqual(before[name]);
    expect(after['pooler.weight']).toEqual(before['pooler.weight']);
  });

  it('leaves the heads of a fine-tuned model behind', async () => {
    const events: TrainEvent[] = [];
    const { model } = await adapt({
      ...base(),
      model: tinyCheckpoint(),
      texts: texts(20, 1),
      epochs: 1,
      onEvent: (event) => events.push(event),
    });
    expect(model.heads).toEqual([]);
    expect([...model.weights.names()].sort()).toEqual(
      encoderTensors(config)
        .map(([name]) => name)
        .sort(),
    );
    expect(events.filter(({ type }) => type === 'step')).toHaveLength(1);
  });

  it('goes on after an interruption, with the same weights', async () => {
    const directory = join(root, 'run');
    const stopAt = async (type: TrainEvent['type'], step: number): Promise<void> => {
      const controller = new AbortController();
      const onEvent = (event: TrainEvent): void => {
        if (event.type === type && (event.type !== 'step' || event.step === step)) controller.abort();
      };
      const stopped = adapt({ ...base(), directory, onEvent, signal: controller.signal });
      await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    };
    await stopAt('teacher', 0);
    await stopAt('step', 9);
    expect(existsSync(join(directory, 'teacher.safetensors'))).toBe(true);
    const events: TrainEvent[] = [];
    const resumed = await adapt({ ...base(), directory, onEvent: (event) => events.push(event) });
    expect(events[0]).toMatchObject({ type: 'start', resumedFrom: 9, steps: 24 });
    expect(events.filter(({ type }) => type === 'teacher')).toEqual([]);
    expect(await weightsOf(resumed.model)).toEqual(await weightsOf(result.model));
  });

  it('refuses before it reads anything', async () => {
    const events: TrainEvent[] = [];
    const refusal = (change: Partial<AdaptOptions>): Promise<TrainResult> =>
      adapt({ ...base(), onEvent: (event) => events.push(event), ...change });
    const short: ExitTable = { ...exitTable, exitLayer: exitTable.exitLayer.subarray(1) };
    await expect(refusal({ exitTable: short })).rejects.toMatchObject({ code: 'TABLE_MISMATCH' });
    await expect(refusal({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(refusal({ texts: [] })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(refusal({ model: { ...pretrained(), weights: new MemoryWeights([]) } })).rejects.toMatchObject({
      name: 'HasheeError',
    });
    expect(events).toEqual([]);
  });
});
