import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Checkpoint, collate, MemoryWeights } from '@hashee/core';
import { onnx } from '@hashee/runtime-onnx';
import { afterAll, describe, expect, it } from 'vitest';
import {
  chooseForSpeedup,
  dense,
  execute,
  type Method,
  methods,
  type Runner,
  sweep,
  type TrainContext,
} from '../src/index.js';
import { smallContext, smallTexts } from './small-task.js';

const root = mkdtempSync(join(tmpdir(), 'hashee-baselines-'));
afterAll(() => rmSync(root, { recursive: true }));

const backend = onnx({ threads: 1 });
type Task = 'sequence-classification' | 'regression';

/** One dense model for all methods of a task. */
const denseModels = new Map<Task, Promise<Checkpoint>>();
function denseModelOf(task: Task): Promise<Checkpoint> {
  let model = denseModels.get(task);
  if (!model) {
    model = dense.train(smallContext(join(root, task, 'dense'), task)).then(({ models }) => models['main']);
    denseModels.set(task, model);
  }
  return model;
}

async function opened(method: Method, task: Task): Promise<Runner> {
  const ran = new Set<string>();
  const more = {
    dense: () => denseModelOf(task),
    ...(method.perSpeedup ? { speedup: 2 } : {}),
    onEvent: ({ stage }: { readonly stage: string }) => void ran.add(stage),
  };
  const trained = await method.train(smallContext(join(root, task, method.name), task, more));
  // The dense model is handed in.
  const own = method.stages!.filter(({ name }) => name !== 'dense');
  expect([...ran].map((stage, i) => (own[i]?.per ? stage.replace(/-\d+$/, '') : stage))).toEqual(
    own.map(({ name }) => name),
  );
  expect(trained.recipe).toBe(method.recipe);
  expect(JSON.parse(JSON.stringify(trained.parameters))).toEqual(trained.parameters);
  return method.open(trained, backend);
}

const cases = Object.values(methods).flatMap((method) =>
  method.tasks.map((task) => [method.name, task as Task] as const),
);

describe.each(cases)('%s, %s', (name, task) => {
  const test = smallTexts(23, 5, task);

  it('trains, and what the sweep says is what runs', { timeout: 60_000 }, async () => {
    const runner = await opened(methods[name], task);
    // A runtime may choose its ways by what it ran before, so what is recorded and what is executed begin alike.
    const recorder = methods[name].family === 'hash' ? await opened(methods[name], task) : runner;
    const points = await sweep(recorder, test, { batchSize: 5 });
    if (recorder !== runner) await recorder.dispose();
    if (runner.settingsFor) expect(new Set(points.map(({ setting }) => setting)).size).toBe(points.length);
    else expect(points).toHaveLength(Math.max(1, runner.settings.length));
    const tried = [points[0], points[Math.floor(points.length / 2)], points.at(-1)!];
    for (const point of new Set(tried)) {
      const ran = await execute(runner, test, point.setting, { batchSize: 5 });
      expect(ran.macs).toBe(point.macs);
      for (const [metric, value] of Object.entries(point.metrics)) expect(ran.metrics[metric]).toBeCloseTo(value, 5);
      expect(ran.meanExit).toBeCloseTo(point.meanExit, 9);
      expect(ran.speedup).toBe(point.speedup);
    }

    // The same answers, and the same exits, alone and in company.
    const { setting } = tried[1];
    const together = await runner.run(collate(test.sequences), setting);
    const alone = await execute(runner, test, setting, { batchSize: 1 });
    expect(Array.from(alone.exits)).toEqual(Array.from(together.exits));
    together.logits.forEach((value, i) => {
      expect(value).toBeCloseTo(alone.logits[i], 4);
    });

    const speedups = points.map(({ speedup }) => speedup);
    if (runner.knob !== undefined && name !== 'cascadebert') {
      expect(speedups).toEqual(speedups.toSorted((a, b) => a - b));
      // With all heads asked in vain, a method costs a little more than the dense model.
      if (name !== 'head-pruning') expect(speedups[0]).toBeLessThan(1);
    }
    const { point, reached } = chooseForSpeedup(points, 1.2);
    expect(reached ? point.speedup >= 1.2 : speedups.every((speedup) => speedup < 1.2)).toBe(true);
    await runner.dispose();
  });
});

async function withTensor(
  { weights }: Checkpoint,
  replaced: string,
  tensor: { readonly shape: readonly number[]; readonly data: Float32Array },
): Promise<MemoryWeights> {
  const tensors = new Map<string, typeof tensor>();
  for (const name of weights.names())
    tensors.set(name, name === replaced ? tensor : { shape: weights.shape(name), data: await weights.read(name) });
  return new MemoryWeights(tensors);
}

describe('all methods', () => {
  it('are there', () => {
    expect(Object.keys(methods)).toEqual([
      'dense',
      'hashee-frequency',
      'hashee-mutual-information',
      'hashee-random-consistent',
      'hashee-clustered',
      'hashee-random-inconsistent',
      'hashee-frequency-moved',
      'deebert',
      'fastbert',
      'pabee',
      'berxit',
      'cascadebert',
      'elasticbert-entropy',
      'elasticbert-patience',
      'first-layers',
      'distilbert',
      'tinybert',
      'head-pruning',
      'theseus',
    ]);
  });

  it('refuse a task that they are not for, and settings that are missing', async () => {
    await expect(methods['deebert'].train(smallContext(join(root, 'no'), 'regression'))).rejects.toThrow(
      'DeeBERT is for sequence-classification, not for regression.',
    );
    await expect(methods['first-layers'].train(smallContext(join(root, 'no')))).rejects.toThrow(/give context.speedup/);
    const runner = await opened(methods['pabee'], 'regression');
    await expect(runner.run(collate([]))).rejects.toThrow(/needs a setting \(patience\)/);
    await runner.dispose();
  });

  it('refuse stages that they lack and options that a stage cannot use, before anything is trained', async () => {
    const trained = (name: string, stages: TrainContext['stages']) =>
      methods[name].train(smallContext(join(root, 'stages'), undefined, { stages, speedup: 2 }));
    await expect(trained('fastbert', { 'self-distilation': { epochs: 2 } })).rejects.toThrow(
      'FastBERT has no stage "self-distilation". It has dense, self-distillation.',
    );
    await expect(trained('deebert', { 'exits-2': { epochs: 2 } })).rejects.toThrow('DeeBERT has no stage "exits-2"');
    await expect(trained('hashee-frequency-moved', { move: { dropout: 0.1, patience: 2 } })).rejects.toThrow(
      'The stage "move" of HashEE (frequency), moved and taught can\'t use dropout, patience',
    );
    await expect(trained('theseus', { 'replacing-2': { evaluateEvery: 5 } })).rejects.toThrow(
      /can't use evaluateEvery/,
    );
    expect(existsSync(join(root, 'stages'))).toBe(false);
  });

  it.each([
    ['hashee-frequency', { exits: { epochs: 3 } }, { 'exits-2': 3 * 5 }],
    ['hashee-frequency', { exits: { epochs: 3 }, 'exits-2': { epochs: 2 } }, { 'exits-2': 2 * 5 }],
    ['hashee-frequency', { 'exits-3': { epochs: 3 } }, { 'exits-2': 5 }],
    ['hashee-frequency-moved', { move: { epochs: 2, accumulation: 5 } }, { 'move-2': 2, 'exits-2': 5 }],
    ['hashee-frequency-moved', { 'move-2': { epochs: 3, batchSize: 30 } }, { 'move-2': 6, 'exits-2': 5 }],
  ] as const)(
    'take options for a stage by its name, with and without the speed-up: %s %j',
    async (name, stages, updates) => {
      const steps: Record<string, number> = {};
      await methods[name].train(
        smallContext(join(root, 'named', `${name} ${JSON.stringify(stages).replace(/\W+/g, ' ')}`), undefined, {
          ...{ stages, speedup: 2, dense: () => denseModelOf('sequence-classification') },
          onEvent: ({ stage, event }) => {
            if (event.type === 'end') steps[stage] = event.step;
          },
        }),
      );
      expect(steps).toEqual(updates);
    },
  );

  it('go on where they ended: a finished training returns at once, with the same weights', async () => {
    const events: string[] = [];
    const context = smallContext(join(root, 'again'), undefined, {
      dense: () => denseModelOf('sequence-classification'),
    });
    const first = await methods['deebert'].train(context);
    const again = await methods['deebert'].train({
      ...context,
      onEvent: ({ stage, event }) => events.push(`${stage} ${event.type}`),
    });
    expect(events).toEqual(['exits start', 'exits end']);
    const name = 'heads.exit2.dense.weight';
    expect(await again.models['main'].weights.read(name)).toEqual(await first.models['main'].weights.read(name));
  });

  it('keep the last weights where dev is never asked', async () => {
    const events: string[] = [];
    const context = smallContext(join(root, 'unjudged'));
    await dense.train({
      ...context,
      recipe: { ...context.recipe, evaluateEvery: 'never' },
      onEvent: ({ event }) => events.push(event.type),
    });
    expect(events).toContain('step');
    expect(events).not.toContain('evaluation');
  });

  it('weigh the heads anew where the dense model in a folder is another one', async () => {
    const directory = join(root, 'weighed');
    const weighed = async (model: Checkpoint): Promise<unknown> =>
      (await methods['head-pruning'].train(smallContext(directory, undefined, { dense: async () => model })))
        .parameters;
    const tuned = await denseModelOf('sequence-classification');
    const name = 'layers.1.output.weight';
    const silent = {
      shape: tuned.weights.shape(name),
      data: new Float32Array((await tuned.weights.read(name)).length),
    };
    const changed = { ...tuned, weights: await withTensor(tuned, name, silent) };
    const [first, other, again] = [await weighed(tuned), await weighed(changed), await weighed(tuned)];
    expect(other).not.toEqual(first);
    expect(again).toEqual(first);
  });

  it('are loaded before the clock starts, not while it runs', async () => {
    const context = smallContext(join(root, 'prepared'), undefined, {
      dense: () => denseModelOf('sequence-classification'),
    });
    const trained = await methods['head-pruning'].train(context);
    let running = false;
    const loads: ('before' | 'within')[] = [];
    const runner = await methods['head-pruning'].open(trained, {
      ...backend,
      load: (...given: Parameters<typeof backend.load>) => {
        loads.push(running ? 'within' : 'before');
        return backend.load(...given);
      },
    });
    const watched: Runner = {
      ...runner,
      async run(...given) {
        running = true;
        try {
          return await runner.run(...given);
        } finally {
          running = false;
        }
      },
    };
    const data = smallTexts(10, 3, 'sequence-classification');
    for (const setting of [0.5, 0.2]) await execute(watched, data, setting);
    expect(loads).toEqual(['before', 'before']);
    // Who doesn't prepare is answered all the same.
    const { logits } = await runner.run(collate(data.sequences), 0.7);
    expect(logits).toHaveLength(20);
    await runner.dispose();
  });

  it('leave the dense model alone while only classifiers learn', async () => {
    const context = smallContext(join(root, 'frozen'), undefined, {
      dense: () => denseModelOf('sequence-classification'),
    });
    const tuned = await denseModelOf('sequence-classification');
    for (const name of ['deebert', 'fastbert']) {
      const { main } = (await methods[name].train({ ...context, directory: join(root, 'frozen', name) })).models;
      expect(main.config).toEqual(tuned.config);
      for (const tensor of tuned.weights.names())
        expect(await main.weights.read(tensor), tensor).toEqual(await tuned.weights.read(tensor));
    }
  });
});
