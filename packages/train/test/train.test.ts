import type { HeadTask, Targets, TokenBatch, Trainer } from '@hashee/core';
import { evaluate } from '@hashee/eval';
import { describe, expect, it } from 'vitest';
import { mainHead, type TrainEvent, type TrainOptions, train } from '../src/index.js';
import { bagOfWordsBackend } from './bag-of-words/backend.js';
import { smallRun, smallTask } from './small-tasks.js';

type Step = Extract<TrainEvent, { type: 'step' }>;

async function eventsOf(options: TrainOptions): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  await train({ ...options, onEvent: (event) => events.push(event) });
  return events;
}

const stepsOf = (events: readonly TrainEvent[]): Step[] =>
  events.filter((event): event is Step => event.type === 'step');

/** A backend that also writes down what its trainers get. */
function recording(): {
  backend: TrainOptions['backend'];
  batches: { batch: TokenBatch; targets: Targets; scale: number }[];
} {
  const batches: { batch: TokenBatch; targets: Targets; scale: number }[] = [];
  const backend: TrainOptions['backend'] = {
    ...bagOfWordsBackend,
    async createTrainer(checkpoint, spec): Promise<Trainer> {
      const trainer = (await bagOfWordsBackend.createTrainer?.(checkpoint, spec)) as Trainer;
      const accumulate = trainer.accumulate.bind(trainer);
      trainer.accumulate = (batch, targets, options) => {
        batches.push({ batch, targets, scale: options?.scale ?? 1 });
        return accumulate(batch, targets, options);
      };
      return trainer;
    },
  };
  return { backend, batches };
}

describe('a run', () => {
  const floors: readonly (readonly [HeadTask, number])[] = [
    ['sequence-classification', 0.85],
    ['regression', 0.9],
    ['token-classification', 0.95],
  ];
  it.each(floors)('learns %s', async (task, floor) => {
    const options = { ...smallRun(task), epochs: 12, learningRate: 0.05 };
    const before = await evaluate(await options.backend.load(options.model), smallTask(task, 60, 2));
    const { best, history, model, steps, stopped } = await train(options);
    expect(best.score).toBeGreaterThan(floor);
    expect(best.score).toBeGreaterThan(before.score + 0.2);
    expect(history).toHaveLength(12);
    expect([steps, stopped]).toEqual([120, 'epochs']);
    expect(history[11].loss).toBeLessThan(history[0].loss / 1.3);
    const again = await evaluate(await options.backend.load(model), smallTask(task, 60, 2));
    expect(again.score).toBe(best.score);
  });

  it('tells what happens', async () => {
    const events = await eventsOf({ ...smallRun(), epochs: 2 });
    expect(events[0]).toEqual({
      type: 'start',
      backend: 'bag-of-words',
      examples: 150,
      epochs: 2,
      steps: 20,
      seed: 5,
      resumedFrom: 0,
    });
    const order = events.map(({ type }) => type);
    expect(order.slice(0, 13)).toEqual(['start', ...Array(10).fill('step'), 'evaluation', 'best']);
    expect(order.at(-1)).toBe('end');
    const steps = stepsOf(events);
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(steps[0].learningRate).toBeCloseTo(0.01, 12);
    expect(steps[1].learningRate).toBe(0.02);
    expect(steps[19].learningRate).toBeCloseTo(0.02 / 19, 12);
    expect(steps[9].epoch).toBe(1);
    for (const { gradientNorm, seconds, remainingSeconds, terms, loss } of steps) {
      expect(gradientNorm).toBeGreaterThan(0);
      expect(seconds).toBeGreaterThan(0);
      expect(remainingSeconds).toBeGreaterThanOrEqual(0);
      expect(terms).toEqual([loss]);
    }
    expect(steps[19].remainingSeconds).toBe(0);
    const evaluation = events.find((event) => event.type === 'evaluation');
    const mean = steps.slice(0, 10).reduce((sum, { loss }) => sum + loss, 0) / 10;
    expect(evaluation).toMatchObject({ step: 10, epoch: 1, loss: expect.closeTo(mean, 12) });
  });

  it('follows from its seed', async () => {
    const losses = async (seed: number): Promise<number[]> =>
      stepsOf(await eventsOf({ ...smallRun(), seed })).map(({ loss }) => loss);
    expect(await losses(1)).toEqual(await losses(1));
    expect(await losses(2)).not.toEqual(await losses(1));
  });

  it('goes through all examples in every epoch, in other batches', async () => {
    const { backend, batches } = recording();
    await train({ ...smallRun(), backend, epochs: 2 });
    expect(batches).toHaveLength(20);
    const words = smallRun().trainSet.reduce((sum, { inputIds }) => sum + inputIds.length, 0);
    const epochs = [batches.slice(0, 10), batches.slice(10)];
    for (const epoch of epochs) {
      expect(epoch.reduce((sum, { batch }) => sum + batch.inputIds.length, 0)).toBe(words);
      expect(epoch.map(({ targets }) => targets.labels.length).sort((a, b) => a - b)).toEqual([
        6,
        ...Array(9).fill(16),
      ]);
    }
    expect(epochs[0]).not.toEqual(epochs[1]);
  });

  it('keeps the best weights, not the last', async () => {
    const scores = [0.5, 0.7, 0.6, 0.7];
    let calls = 0;
    const kept: Float32Array[] = [];
    const options: TrainOptions = {
      ...smallRun(),
      dev: {
        fingerprint: 'x',
        evaluate: async (encoder) => {
          const { logits } = await encoder.forward({
            inputIds: Int32Array.of(7, 8),
            tokenTypeIds: new Uint8Array(2),
            offsets: Int32Array.of(0, 2),
          });
          kept.push(logits);
          const accuracy = scores[calls++];
          return { metrics: { accuracy }, score: accuracy };
        },
      },
    };
    const { best, model, history } = await train(options);
    expect(best).toEqual({ step: 20, epoch: 2, score: 0.7, metrics: { accuracy: 0.7 } });
    expect(history.map(({ score }) => score)).toEqual(scores);
    const encoder = await options.backend.load(model);
    const batch = { inputIds: Int32Array.of(7, 8), tokenTypeIds: new Uint8Array(2), offsets: Int32Array.of(0, 2) };
    expect((await encoder.forward(batch)).logits).toEqual(kept[1]);
    expect(kept[1]).not.toEqual(kept[3]);
  });

  it('stops early when patience is out', async () => {
    const scores = [0.5, 0.7, 0.7, 0.6, 0.9];
    const dev: NonNullable<TrainOptions['dev']> = {
      fingerprint: 'x',
      evaluate: async () => ({ metrics: {}, score: scores.shift() as number }),
    };
    const { best, steps, stopped } = await train({ ...smallRun(), dev, evaluateEvery: 4, patience: 2 });
    expect([best.step, best.score, steps, stopped]).toEqual([8, 0.7, 16, 'patience']);
  });

  it('selects by the metric asked for', async () => {
    const dev: NonNullable<TrainOptions['dev']> = {
      fingerprint: 'x',
      evaluate: async () => ({ metrics: { f1: 1 - dev.fingerprint.length, accuracy: calls++ }, score: -calls }),
    };
    let calls = 0;
    expect((await train({ ...smallRun(), dev, metric: 'accuracy' })).best).toMatchObject({ step: 40, score: 3 });
    expect((await train({ ...smallRun(), dev })).best.step).toBe(10);
    await expect(train({ ...smallRun(), dev, metric: 'recall' })).rejects.toThrow(/must give a finite recall/);
  });

  it('keeps the last weights without a dev set', async () => {
    const options = { ...smallRun(), dev: undefined, epochs: 1 };
    const { best, history, model } = await train(options);
    expect([best, history]).toEqual([{ step: 10, epoch: 1, metrics: {} }, []]);
    expect(await model.weights.read('heads.main.classifier.bias')).not.toEqual(new Float32Array(2));
  });

  it('adds a head to a model that has none', async () => {
    const { model, ...options } = smallRun();
    const head = mainHead(model.config, 'sequence-classification', ['low', 'high']);
    expect(head).toMatchObject({ name: 'main', layer: 2, dense: 'tanh', dropout: 0.1 });
    expect(mainHead(model.config, 'token-classification', ['O']).dense).toBe('none');
    const bare = { ...model, heads: [] };
    await expect(train({ ...options, model: bare })).rejects.toThrow(/heads: expected at least one head/);
    const result = await train({ ...options, model: bare, heads: [{ ...head, dense: 'none' }], epochs: 1 });
    expect(result.model.heads).toEqual([{ ...head, dense: 'none' }]);
  });

  it('trains and keeps the exit table it is given', async () => {
    const { model, ...options } = smallRun();
    const exitTable = { layers: 2, exitLayer: new Uint8Array(40).fill(1), hash: { name: 'uniform', parameters: {} } };
    const tabled = { ...model, exitTable };
    expect((await train({ ...options, model: tabled, epochs: 1 })).model.exitTable).toBe(exitTable);
    expect((await train({ ...options, model, exitTable, epochs: 1 })).model.exitTable).toBe(exitTable);
    expect((await train({ ...options, model: tabled, exitTable: null, epochs: 1 })).model.exitTable).toBeUndefined();
  });

  it('passes on exit layers of occurrences', async () => {
    const { backend, batches } = recording();
    const { trainSet, ...options } = smallRun();
    const withExits = trainSet.map((sequence, i) => ({
      ...sequence,
      exitLayers: Uint8Array.from(sequence.inputIds, (_, t) => 1 + ((i + t) % 2)),
    }));
    await train({ ...options, backend, trainSet: withExits, epochs: 1 });
    const exits = batches.flatMap(({ batch }) => [...(batch.exitLayers ?? [])]);
    expect(exits).toHaveLength(withExits.reduce((sum, { inputIds }) => sum + inputIds.length, 0));
    expect(new Set(exits)).toEqual(new Set([1, 2]));
    await expect(train({ ...options, trainSet: [...withExits, trainSet[0]] })).rejects.toThrow(
      'Training sequence 150: only some sequences carry exit layers.',
    );
  });
});

describe('accumulation', () => {
  it.each(['sequence-classification', 'token-classification'] as const)(
    'of unequal batches is one large batch: %s',
    async (task) => {
      const options = { ...smallRun(task), epochs: 3, dropout: 0, dev: undefined };
      const whole = await train({ ...options, batchSize: 150 });
      const parts = await train({ ...options, batchSize: 16, accumulation: 10 });
      expect([whole.steps, parts.steps]).toEqual([3, 3]);
      for (const name of whole.model.weights.names()) {
        const [a, b] = [await whole.model.weights.read(name), await parts.model.weights.read(name)];
        a.forEach((value, i) => {
          expect(b[i]).toBeCloseTo(value, 4);
        });
      }
    },
  );

  it('weighs batches by their rows, and never spans epochs', async () => {
    const { backend, batches } = recording();
    const events = await eventsOf({ ...smallRun(), backend, batchSize: 16, accumulation: 4, epochs: 2 });
    expect(stepsOf(events)).toHaveLength(6);
    const groups = [4, 4, 2, 4, 4, 2];
    for (const size of groups) {
      const group = batches.splice(0, size);
      const rows = group.map(({ targets }) => targets.labels.length);
      const all = rows.reduce((a, b) => a + b);
      expect(group.map(({ scale }) => scale)).toEqual(rows.map((count) => count / all));
    }
    expect(batches).toEqual([]);
  });
});

describe('what is refused before training', () => {
  const refused: readonly (readonly [string, Partial<TrainOptions>, RegExp])[] = [
    ['no examples', { trainSet: [] }, /training set is empty/],
    ['epochs', { epochs: 0 }, /epochs: expected an integer from 1; got 0/],
    ['batch size', { batchSize: 1.5 }, /batchSize: expected an integer from 1; got 1.5/],
    ['learning rate', { learningRate: Number.NaN }, /learningRate: expected a number from 0/],
    ['warm-up', { warmup: 1.1 }, /warmup: expected a number from 0 to 1; got 1.1/],
    ['resume', { resume: 'maybe' as 'auto' }, /resume: expected auto, required or restart/],
    ['nothing to resume', { resume: 'required' }, /no run to resume/],
    [
      'loss of an unknown head',
      { losses: [{ head: 'exit1', kind: 'mse' }] },
      /losses: expected terms of the heads main; got "exit1"/,
    ],
    [
      'loss without its target',
      { losses: [{ head: 'main', kind: 'mse', target: 'teacher' }] },
      /losses: .*"labels" \(and "teacher"/,
    ],
    ['no loss', { losses: [] }, /losses: expected at least one term/],
    [
      'label out of range',
      { trainSet: [{ inputIds: [5], label: 2 }] },
      /Training sequence 0: the label is 2, expected 0 to 1 \(low, high\)/,
    ],
    ['label of another task', { trainSet: [{ inputIds: [5], label: Int32Array.of(1) }] }, /expected one label/],
    ['too long', { trainSet: [{ inputIds: new Int32Array(65), label: 0 }] }, /65 tokens, the model takes 1 to 64/],
    ['unknown token', { trainSet: [{ inputIds: [1, 40], label: 0 }] }, /token 1 has id 40, the vocabulary has 40/],
    ['exit layer', { trainSet: [{ inputIds: [1], label: 0, exitLayers: [3] }] }, /exits at layer 3, expected 1 to 2/],
  ];
  it.each(refused)('%s', async (_what, change, message) => {
    await expect(train({ ...smallRun(), ...change })).rejects.toThrow(message);
  });

  it('dev data that the head does not fit, and metrics it does not have', async () => {
    const { dev: regression } = smallRun('regression');
    await expect(train({ ...smallRun(), dev: regression })).rejects.toThrow(/the data is for regression/);
    await expect(train({ ...smallRun(), metric: 'f1' })).rejects.toThrow(/"f1" isn't computed. Computed are: accuracy/);
  });

  it('labels of tokens', async () => {
    const options = smallRun('token-classification');
    const one = (label: Int32Array): Promise<unknown> => train({ ...options, trainSet: [{ inputIds: [5, 6], label }] });
    await expect(one(Int32Array.of(1))).rejects.toThrow('expected 2 labels, one a token');
    await expect(one(Int32Array.of(1, 2))).rejects.toThrow('a label is 2, expected 0 to 1, or -1');
    await expect(one(Int32Array.of(-1, -1))).rejects.toThrow('No training sequence has a label');
  });

  it('a runtime that cannot train', async () => {
    const { createTrainer: _createTrainer, ...backend } = bagOfWordsBackend;
    await expect(train({ ...smallRun(), backend })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});
