import { collate, denseMacs, type Encoder, HasheeError, type HeadTask, headMacs } from '@hashee/core';
import { onnx } from '@hashee/runtime-onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accuracy, type EncodedDataset, entityF1, evaluate, evaluator, pearson, spearman } from '../src/index.js';
import { sequencesFor, tinyModel } from './tiny-model.js';

const LABELS: Readonly<Record<HeadTask, readonly string[]>> = {
  'sequence-classification': ['negative', 'neutral', 'positive'],
  regression: ['score'],
  'token-classification': ['O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC'],
};

const backend = onnx({ threads: 1 });
const encoders = new Map<HeadTask, Encoder>();
beforeAll(async () => {
  for (const task of Object.keys(LABELS) as HeadTask[]) encoders.set(task, await backend.load(tinyModel(task)));
});
afterAll(async () => {
  for (const encoder of encoders.values()) await encoder.dispose();
});

const datasetFor = (task: HeadTask, count = 23): EncodedDataset => ({
  task,
  labels: LABELS[task],
  sequences: sequencesFor(task, LABELS[task].length, count),
  truncated: 0,
});

/** What the encoder says to each sequence alone. */
async function oneByOne(encoder: Encoder, dataset: EncodedDataset): Promise<Float32Array[]> {
  const outputs: Float32Array[] = [];
  for (const sequence of dataset.sequences) outputs.push((await encoder.forward(collate([sequence]))).logits);
  return outputs;
}

const largest = (values: ArrayLike<number>): number => Array.from(values).indexOf(Math.max(...Array.from(values)));

describe('evaluate', () => {
  it('judges classes, in the order of the examples', async () => {
    const task = 'sequence-classification';
    const encoder = encoders.get(task) as Encoder;
    const dataset = datasetFor(task);
    const result = await evaluate(encoder, dataset, { batchSize: 4, metrics: ['accuracy', 'macroF1', 'matthews'] });
    const expected = await oneByOne(encoder, dataset);
    for (const [i, logits] of expected.entries())
      expect(Array.from(result.logits[i])).toEqual(Array.from(logits, (value) => expect.closeTo(value, 4)));
    const classes = expected.map(largest);
    expect(new Set(classes).size).toBeGreaterThan(1);
    expect(result.predictions).toEqual(classes);
    const targets = dataset.sequences.map(({ label }) => label as number);
    expect(Object.keys(result.metrics)).toEqual(['accuracy', 'macroF1', 'matthews']);
    expect(result.metrics.accuracy).toBe(accuracy(classes, targets));
    const values = Object.values(result.metrics);
    expect(result.score).toBeCloseTo((values[0] + values[1] + values[2]) / 3, 12);
  });

  it('judges numbers', async () => {
    const encoder = encoders.get('regression') as Encoder;
    const dataset = datasetFor('regression');
    const result = await evaluate(encoder, dataset);
    const expected = (await oneByOne(encoder, dataset)).map((logits) => logits[0]);
    const targets = dataset.sequences.map(({ label }) => label as number);
    expect(result.metrics.pearson).toBeCloseTo(pearson(expected, targets), 4);
    expect(result.metrics.spearman).toBeCloseTo(spearman(expected, targets), 4);
    expect(result.score).toBeCloseTo((result.metrics.pearson + result.metrics.spearman) / 2, 12);
  });

  it('judges tagged tokens, only where there is a label', async () => {
    const task = 'token-classification';
    const encoder = encoders.get(task) as Encoder;
    const dataset = datasetFor(task);
    const result = await evaluate(encoder, dataset, { metrics: ['entityF1', 'accuracy'], batchSize: 5 });
    const tagsOf = (classes: ArrayLike<number>, label: Int32Array): string[] =>
      Array.from(label).flatMap((wanted, t) => (wanted < 0 ? [] : [LABELS[task][classes[t]]]));
    const predictions = (await oneByOne(encoder, dataset)).map((logits) =>
      Int32Array.from({ length: logits.length / 5 }, (_, t) => largest(logits.subarray(t * 5, t * 5 + 5))),
    );
    expect(result.predictions).toEqual(predictions);
    const predicted = dataset.sequences.map(({ label }, i) => tagsOf(predictions[i], label as Int32Array));
    const wanted = dataset.sequences.map(({ label }) => tagsOf(label as Int32Array, label as Int32Array));
    expect(result.metrics.entityF1).toBe(entityF1(predicted, wanted));
    expect(result.metrics.accuracy).toBe(
      accuracy(
        predicted.flat().map((tag) => LABELS[task].indexOf(tag)),
        wanted.flat().map((tag) => LABELS[task].indexOf(tag)),
      ),
    );
  });

  it('adds up what ran', async () => {
    const encoder = encoders.get('sequence-classification') as Encoder;
    const dataset = datasetFor('sequence-classification');
    const result = await evaluate(encoder, dataset);
    const exits = dataset.sequences.flatMap(({ inputIds }) =>
      Array.from(inputIds, (id) => encoder.exitTable?.exitLayer[id] as number),
    );
    expect(result.sequences).toBe(23);
    expect(result.tokens).toBe(exits.length);
    expect(result.meanExitLayer).toBeCloseTo(exits.reduce((a, b) => a + b) / exits.length, 9);
    expect(result.tokensByExitLayer).toEqual([1, 2, 3].map((layer) => exits.filter((exit) => exit === layer).length));
    expect(result.layerSpeedup).toBeCloseTo(3 / result.meanExitLayer, 9);
    const dense = dataset.sequences.reduce((sum, { inputIds }) => sum + denseMacs(encoder.config, inputIds.length), 0);
    const head = encoder.head as NonNullable<Encoder['head']>;
    expect(result.denseMacs).toBe(dense + headMacs(encoder.config, head, 23));
    expect(result.countedSpeedup).toBe(result.denseMacs / result.macs);
    expect(result.countedSpeedup).toBeGreaterThan(1);
    expect(result.seconds).toBeGreaterThan(0);
  });

  it('reports progress', async () => {
    const seen: unknown[] = [];
    const dataset = datasetFor('regression');
    await evaluate(encoders.get('regression') as Encoder, dataset, {
      batchSize: 10,
      onProgress: (event) => seen.push(event),
    });
    expect(seen).toEqual([
      { done: 10, total: 23 },
      { done: 20, total: 23 },
      { done: 23, total: 23 },
    ]);
  });

  it('takes metrics of one own', async () => {
    const { metrics, score } = await evaluate(encoders.get('regression') as Encoder, datasetFor('regression'), {
      metrics: [{ name: 'examples', tasks: ['regression'], compute: ({ targets }) => targets.length }],
    });
    expect([metrics, score]).toEqual([{ examples: 23 }, 23]);
  });

  it('stops at an abort', async () => {
    const controller = new AbortController();
    const running = evaluate(encoders.get('regression') as Encoder, datasetFor('regression'), {
      batchSize: 4,
      signal: controller.signal,
      onProgress: ({ done }) => done >= 8 && controller.abort('enough'),
    });
    await expect(running).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' });
  });
});

describe('what is refused', () => {
  const classes = (change: Partial<EncodedDataset>): Promise<unknown> =>
    evaluate(encoders.get('sequence-classification') as Encoder, {
      ...datasetFor('sequence-classification', 3),
      ...change,
    });

  it('data of another task', async () => {
    await expect(classes({ task: 'regression' })).rejects.toThrow(
      "The model's head does sequence-classification, the data is for regression.",
    );
  });

  it('labels that mean something else', async () => {
    const message = /answers with the labels negative, neutral, positive; the data has .*option labels/;
    await expect(classes({ labels: ['negative', 'positive'] })).rejects.toThrow(message);
    await expect(classes({ labels: ['positive', 'neutral', 'negative'] })).rejects.toThrow(message);
    await expect(classes({ labels: ['0', '1', '2'] })).resolves.toBeDefined();
  });

  it('no examples, unknown metrics and metrics of other tasks', async () => {
    await expect(classes({ sequences: [] })).rejects.toThrow('needs examples');
    const encoder = encoders.get('regression') as Encoder;
    const dataset = datasetFor('regression');
    await expect(evaluate(encoder, dataset, { metrics: ['bleu' as 'f1'] })).rejects.toThrow(/Unknown metric "bleu"/);
    await expect(evaluate(encoder, dataset, { metrics: ['accuracy'] })).rejects.toThrow(
      'The metric accuracy is for sequence-classification, token-classification, not regression.',
    );
    await expect(evaluate(encoder, dataset, { batchSize: 0 })).rejects.toBeInstanceOf(HasheeError);
  });

  it('a model without a head', async () => {
    const { heads: _heads, ...bare } = tinyModel('regression');
    const encoder = await backend.load({ ...bare, heads: [] });
    await expect(evaluate(encoder, datasetFor('regression'))).rejects.toThrow('no head');
    await encoder.dispose();
  });

  it('answers that are not numbers', async () => {
    const encoder = encoders.get('regression') as Encoder;
    const broken: Encoder = {
      ...encoder,
      config: encoder.config,
      head: encoder.head,
      forward: async (batch) => {
        const output = await encoder.forward(batch);
        return { ...output, logits: output.logits.fill(Number.NaN) };
      },
    };
    await expect(evaluate(broken, datasetFor('regression'))).rejects.toMatchObject({ code: 'RUNTIME' });
  });
});

describe('evaluator', () => {
  it('has a fingerprint that changes with data and metrics', async () => {
    const dataset = datasetFor('sequence-classification');
    const { fingerprint } = evaluator(dataset);
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(evaluator(datasetFor('sequence-classification')).fingerprint).toBe(fingerprint);
    expect(evaluator(dataset, { batchSize: 7 }).fingerprint).toBe(fingerprint);
    expect(evaluator(dataset, { metrics: ['f1'] }).fingerprint).not.toBe(fingerprint);
    const [first, ...others] = dataset.sequences;
    const relabelled = { ...first, label: (first.label as number) + 1 };
    expect(evaluator({ ...dataset, sequences: [relabelled, ...others] }).fingerprint).not.toBe(fingerprint);
    expect(evaluator({ ...dataset, sequences: others }).fingerprint).not.toBe(fingerprint);
  });

  it('evaluates', async () => {
    const encoder = encoders.get('regression') as Encoder;
    const dataset = datasetFor('regression');
    const { score } = await evaluator(dataset, { metrics: ['spearman'] }).evaluate(encoder);
    expect(score).toBe((await evaluate(encoder, dataset, { metrics: ['spearman'] })).score);
  });
});
