import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HasheeError, MemoryWeights } from '@hashee/core';
import { evaluator } from '@hashee/eval';
import { afterAll, describe, expect, it } from 'vitest';
import { type TrainEvent, type TrainOptions, type TrainResult, train } from '../src/index.js';
import { bagOfWordsBackend } from './bag-of-words/backend.js';
import { smallRun, smallTask } from './small-tasks.js';

const root = mkdtempSync(join(tmpdir(), 'hashee-train-'));
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;
const newDirectory = (): string => join(root, String(++count));

/** 4 epochs of 5 updates of 2 batches, dev every 3 updates. */
const base = (): TrainOptions => ({ ...smallRun(), accumulation: 2, evaluateEvery: 3 });

async function weightsOf({ model }: TrainResult): Promise<Record<string, number[]>> {
  const weights: Record<string, number[]> = {};
  for (const name of model.weights.names()) weights[name] = [...(await model.weights.read(name))];
  return weights;
}

/** All of a result that a resumed run must have in common with an uninterrupted one. */
async function essence(result: TrainResult): Promise<unknown> {
  const { model: _model, seconds: _seconds, ...rest } = result;
  return { ...rest, weights: await weightsOf(result) };
}

function logOf(directory: string): Record<string, unknown>[] {
  const lines = readFileSync(join(directory, 'train-log.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line));
}

/** Steps, evaluations and bests of a log, without times. */
function story(directory: string): unknown[] {
  return logOf(directory)
    .filter(({ type }) => type === 'step' || type === 'evaluation' || type === 'best')
    .map(({ seconds: _seconds, remainingSeconds: _remaining, ...event }) => event);
}

async function failure(promise: Promise<unknown>): Promise<HasheeError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(HasheeError);
  return error as HasheeError;
}

/** Runs until an event, then aborts. */
async function abortAt(options: TrainOptions, when: (event: TrainEvent) => boolean): Promise<HasheeError> {
  const controller = new AbortController();
  const onEvent = (event: TrainEvent): void => {
    if (when(event)) controller.abort('Ctrl-C');
  };
  return failure(train({ ...options, signal: controller.signal, onEvent }));
}

const straight = await (async (): Promise<{ essence: unknown; story: unknown[] }> => {
  const directory = newDirectory();
  const result = await train({ ...base(), directory });
  return { essence: await essence(result), story: story(directory) };
})();

describe('an interrupted run goes on as if nothing had happened', () => {
  it('has enough in it to compare', () => {
    expect(straight.story.filter((event) => (event as TrainEvent).type === 'step')).toHaveLength(20);
    expect(straight.story.filter((event) => (event as TrainEvent).type === 'evaluation')).toHaveLength(7);
  });

  it.each([1, 2, 3, 4, 5, 6, 9, 10, 17, 19])('after Ctrl-C in update %i', async (step) => {
    const directory = newDirectory();
    const error = await abortAt({ ...base(), directory }, (event) => event.type === 'step' && event.step === step);
    const checkpoint = join(directory, 'checkpoint.safetensors');
    expect(error).toMatchObject({
      code: 'ABORTED',
      cause: 'Ctrl-C',
      fields: { step, steps: 20, directory, checkpoint },
    });
    expect(error.message).toContain(`after ${step} of 20 updates`);
    const events: TrainEvent[] = [];
    const result = await train({ ...base(), directory, resume: 'required', onEvent: (event) => events.push(event) });
    expect(events[0]).toMatchObject({ type: 'start', resumedFrom: step });
    expect(await essence(result)).toEqual(straight.essence);
    expect(story(directory)).toEqual(straight.story);
  });

  it('after Ctrl-C during an evaluation', async () => {
    const directory = newDirectory();
    const controller = new AbortController();
    const dev = evaluator(smallTask('sequence-classification', 60, 2), { batchSize: 8 });
    let evaluations = 0;
    const interrupted: NonNullable<TrainOptions['dev']> = {
      ...dev,
      evaluate: (encoder, options) =>
        dev.evaluate(encoder, {
          ...options,
          onProgress: ({ done }) => {
            if (done === 24 && ++evaluations === 2) controller.abort();
          },
        }),
    };
    const error = await failure(train({ ...base(), directory, dev: interrupted, signal: controller.signal }));
    expect(error.fields).toMatchObject({ step: 6 });
    expect(logOf(directory).filter(({ type }) => type === 'evaluation')).toHaveLength(1);
    expect(await essence(await train({ ...base(), directory }))).toEqual(straight.essence);
    expect(story(directory)).toEqual(straight.story);
  });

  it('after several interruptions', async () => {
    const directory = newDirectory();
    for (const step of [2, 3, 7, 15])
      await abortAt({ ...base(), directory }, (event) => event.type === 'step' && event.step === step);
    expect(await essence(await train({ ...base(), directory }))).toEqual(straight.essence);
    expect(story(directory)).toEqual(straight.story);
  });

  it.each([undefined, 2])('after a crash, from the last checkpoint (every %s)', async (checkpointEvery) => {
    const directory = newDirectory();
    const options = { ...base(), directory, checkpointEvery };
    const crash = train({
      ...options,
      onEvent: (event) => {
        if (event.type === 'step' && event.step === 11) throw new RangeError('power failure');
      },
    });
    await expect(crash).rejects.toThrow('power failure');
    expect(story(directory)).toHaveLength(11 + 3 + logOf(directory).filter(({ type }) => type === 'best').length);
    writeFileSync(join(directory, 'checkpoint.safetensors.0123456789ab.tmp'), 'half of it');
    const starts: unknown[] = [];
    const result = await train({ ...options, onEvent: (event) => event.type === 'start' && starts.push(event) });
    expect(starts).toMatchObject([{ resumedFrom: checkpointEvery ? 10 : 9 }]);
    expect(await essence(result)).toEqual(straight.essence);
    expect(story(directory)).toEqual(straight.story);
    expect(readdirSync(directory).sort()).toEqual(['checkpoint.safetensors', 'train-log.jsonl']);
  });

  it('after a crash before the first checkpoint', async () => {
    const directory = newDirectory();
    const crash = train({
      ...base(),
      directory,
      onEvent: (event) => {
        if (event.type === 'step' && event.step === 2) throw new RangeError('power failure');
      },
    });
    await expect(crash).rejects.toThrow('power failure');
    expect(await essence(await train({ ...base(), directory }))).toEqual(straight.essence);
    expect(story(directory)).toEqual(straight.story);
  });

  it('with its patience', async () => {
    const scores = [0.5, 0.7, 0.6, 0.6, 0.9];
    const dev = { fingerprint: 'x', evaluate: async () => ({ metrics: {}, score: scores.shift() as number }) };
    const options = { ...base(), dev, patience: 2, directory: newDirectory() };
    await abortAt(options, (event) => event.type === 'evaluation' && event.step === 9);
    const { best, steps, stopped } = await train(options);
    expect([best.step, best.score, steps, stopped]).toEqual([6, 0.7, 12, 'patience']);
  });
});

describe('a finished run', () => {
  it('is not repeated', async () => {
    const options = { ...base(), directory: newDirectory() };
    const first = await train(options);
    const log = logOf(options.directory);
    expect(log[0]).toMatchObject({ type: 'start' });
    expect(log.at(-1)).toMatchObject({ type: 'end', stopped: 'epochs', best: first.best });
    const saved: TrainResult[] = [];
    const again = await train({
      ...options,
      save: (result) => void saved.push(result),
      backend: {
        ...bagOfWordsBackend,
        createTrainer: () => {
          throw new RangeError('trained again');
        },
      },
    });
    expect(await essence(again)).toEqual(await essence(first));
    expect(saved).toEqual([again]);
    expect(logOf(options.directory)).toEqual(log);
  });

  it('keeps only the weights that were chosen', async () => {
    const options = { ...base(), directory: newDirectory() };
    await abortAt(options, (event) => event.type === 'step' && event.step === 12);
    const size = (): number => readFileSync(join(options.directory, 'checkpoint.safetensors')).length;
    const during = size();
    await train(options);
    expect(size()).toBeLessThan(during / 2);
  });

  it('is forgotten on request', async () => {
    const options = { ...base(), directory: newDirectory() };
    await train({ ...options, seed: 9 });
    const result = await train({ ...options, resume: 'restart' });
    expect(await essence(result)).toEqual(straight.essence);
    expect(story(options.directory)).toEqual(straight.story);
  });
});

describe('what is refused', () => {
  it('a run with other options or data, naming all of them', async () => {
    const directory = newDirectory();
    await abortAt({ ...base(), directory }, (event) => event.type === 'step');
    const before = logOf(directory);
    const resumeWith = (change: Partial<TrainOptions>): Promise<HasheeError> =>
      failure(train({ ...base(), directory, ...change }));

    const error = await resumeWith({ learningRate: 0.01, epochs: 5 });
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain('it differs in epochs (was 4, is 5), learningRate (was 0.02, is 0.01)');
    expect(error.fields.differences).toEqual([
      { option: 'epochs', was: 4, is: 5 },
      { option: 'learningRate', was: 0.02, is: 0.01 },
    ]);

    const { trainSet, model } = base();
    const words = (await model.weights.read('embeddings.word')).slice();
    words[7] += 1e-6;
    const otherWeights = new MemoryWeights([
      ...(await Promise.all(
        model.weights
          .names()
          .map(
            async (name) => [name, { shape: model.weights.shape(name), data: await model.weights.read(name) }] as const,
          ),
      )),
      ['embeddings.word', { shape: [40, 8], data: words }],
    ]);
    const changes: readonly (readonly [string, Partial<TrainOptions>])[] = [
      ['seed', { seed: 6 }],
      ['batchSize', { batchSize: 8 }],
      ['accumulation', { accumulation: 1 }],
      ['warmup', { warmup: 0 }],
      ['dropout', { dropout: 0 }],
      ['patience', { patience: 3 }],
      ['evaluateEvery', { evaluateEvery: 'epoch' }],
      ['optimizer', { optimizer: { weightDecay: 0 } }],
      ['losses', { losses: [{ head: 'main', kind: 'cross-entropy', weight: 2 }] }],
      [
        'exitTable',
        { exitTable: { layers: 2, exitLayer: new Uint8Array(40).fill(2), hash: { name: 'u', parameters: {} } } },
      ],
      ['trainSet', { trainSet: trainSet.slice(1) }],
      ['trainSet', { trainSet: [{ ...trainSet[0], label: 1 - (trainSet[0].label as number) }, ...trainSet.slice(1)] }],
      ['dev', { dev: evaluator(smallTask('sequence-classification', 59, 2)) }],
      ['metric', { metric: 'accuracy' }],
      ['model', { model: { ...model, weights: otherWeights } }],
      ['backend', { backend: { ...bagOfWordsBackend, name: 'another' } }],
      ['teacher', { teacher: trainSet.map(() => new Float32Array(2)) }],
    ];
    for (const [option, change] of changes) {
      const { differences } = (await resumeWith(change)).fields as { differences: { option: string }[] };
      expect(differences.map((difference) => difference.option)).toContain(option);
      if (option !== 'teacher') expect(differences).toHaveLength(1);
    }
    expect(logOf(directory)).toEqual(before);
    expect(await essence(await train({ ...base(), directory }))).toEqual(straight.essence);
  });

  it('damaged checkpoints', async () => {
    const directory = newDirectory();
    await abortAt({ ...base(), directory }, (event) => event.type === 'step' && event.step === 4);
    const path = join(directory, 'checkpoint.safetensors');
    const bytes = readFileSync(path);

    truncateSync(path, bytes.length - 5);
    expect((await failure(train({ ...base(), directory }))).code).toBe('INVALID_CHECKPOINT');

    const text = bytes.toString('latin1');
    for (const [from, to] of [
      ['\\"version\\":1', '\\"version\\":9'],
      ['\\"step\\":4', '\\"step\\":-'],
      ['hashee_run', 'hashee_ran'],
    ]) {
      expect(text).toContain(from);
      writeFileSync(path, Buffer.from(text.replace(from, to), 'latin1'));
      const error = await failure(train({ ...base(), directory }));
      expect(error.code).toBe('INVALID_CHECKPOINT');
      expect(error.message).toMatch(/not the checkpoint of a training run.*resume: 'restart'/);
    }

    writeFileSync(path, Buffer.from(text.replaceAll('state/m/', 'state/k/'), 'latin1'));
    expect((await failure(train({ ...base(), directory }))).code).toBe('INVALID_CHECKPOINT');

    writeFileSync(path, bytes);
    expect(await essence(await train({ ...base(), directory }))).toEqual(straight.essence);
  });

  it('a place that cannot be written to', async () => {
    const file = newDirectory();
    writeFileSync(file, 'a file');
    for (const directory of [file, join(file, 'below')]) {
      const error = await failure(train({ ...base(), directory }));
      expect(error).toMatchObject({ code: 'IO', fields: { path: directory } });
    }
    expect(readFileSync(file, 'utf8')).toBe('a file');
  });

  it('an abort without a place to keep the state', async () => {
    const error = await abortAt(base(), (event) => event.type === 'step' && event.step === 2);
    expect(error.message).toMatch(/stopped after 2 of 20 updates. Nothing was kept; give a directory/);
    expect(error.fields).toMatchObject({ step: 2, checkpoint: undefined });
  });

  it('an abort before the first update', async () => {
    const directory = newDirectory();
    const error = await abortAt({ ...base(), directory }, (event) => event.type === 'start');
    expect(error.code).toBe('ABORTED');
    expect(existsSync(join(directory, 'checkpoint.safetensors'))).toBe(false);
    const never = newDirectory();
    expect((await failure(train({ ...base(), directory: never, signal: AbortSignal.abort() }))).code).toBe('ABORTED');
    expect(existsSync(never)).toBe(false);
  });

  it('to resume what is not there', async () => {
    const directory = newDirectory();
    const error = await failure(train({ ...base(), directory, resume: 'required' }));
    expect(error).toMatchObject({ code: 'NOT_FOUND', fields: { directory } });
    expect(existsSync(directory)).toBe(false);
  });
});
