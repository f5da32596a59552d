import type { TokenBatch } from '@hashee/core';
import { tinyCheckpoint, tinyConfig, tinyRandomTable } from '@hashee/core/testing';
import { describe, expect, test } from 'vitest';
import { type PipelineModel, pipeline, type TextClassificationPipeline } from '../src/index.js';
import { referenceBackend } from './reference-backend.js';
import { smallTokenizer } from './small-tokenizer.js';

const model: PipelineModel = {
  ...tinyCheckpoint({ exitTable: tinyRandomTable(tinyConfig()) }),
  tokenizer: smallTokenizer(),
};
const WORDS = ['good', 'bad film', 'the plot is dull', 'a', 'one two three four five six'];
const text = (i: number): string => WORDS[i % WORDS.length];

const load = (seen?: TokenBatch[]): Promise<TextClassificationPipeline> =>
  pipeline('text-classification', model, { backend: referenceBackend(seen), batchSize: 4 });

describe('stream', () => {
  test('answers in order, for sync and async inputs, with windows of any size', async () => {
    const classify = await load();
    const wanted = await classify(Array.from({ length: 23 }, (_, i) => text(i)));
    for (const window of [1, 5, 100]) {
      async function* inputs(): AsyncGenerator<string> {
        for (let i = 0; i < 23; i++) yield text(i);
      }
      const answers = [];
      for await (const answer of classify.stream(inputs(), { window })) answers.push(answer);
      expect(answers).toHaveLength(23);
      answers.forEach((answer, i) => {
        expect(answer).toEqual({ label: wanted[i].label, score: expect.closeTo(wanted[i].score, 6) });
      });
    }
  });

  test('reads no more than one window ahead, and closes the source when left early', async () => {
    const classify = await load();
    let read = 0;
    let closed = false;
    function* endless(): Generator<string> {
      try {
        while (true) yield text(read++);
      } finally {
        closed = true;
      }
    }
    let answered = 0;
    for await (const _ of classify.stream(endless(), { window: 10 })) {
      answered++;
      expect(read - answered).toBeLessThan(10);
      if (answered === 35) break;
    }
    expect(read).toBe(40);
    expect(closed).toBe(true);
  });

  test('answers a slow source before its window is full', async () => {
    const classify = await load();
    async function* slow(): AsyncGenerator<string> {
      yield 'good';
      await new Promise(() => {});
    }
    const answers = classify.stream(slow(), { maxWait: 10 });
    expect((await answers.next()).value).toMatchObject({ label: expect.any(String) });
  });

  test('an abort stops between batches', async () => {
    const seen: TokenBatch[] = [];
    const classify = await load(seen);
    const controller = new AbortController();
    const running = classify(
      Array.from({ length: 40 }, (_, i) => text(i)),
      {
        signal: controller.signal,
        onBatch: ({ sequences }) => sequences >= 8 && controller.abort('enough'),
      },
    );
    await expect(running).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' });
    expect(seen).toHaveLength(2);
    await expect(classify('good', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await classify('good')).toHaveProperty('label');
  });

  test('calls may overlap', async () => {
    const classify = await load();
    const [first, second] = await Promise.all([classify(['good', 'bad film']), classify(['bad film', 'good'])]);
    expect(first[0].score).toBeCloseTo(second[1].score, 6);
    expect(first[1].score).toBeCloseTo(second[0].score, 6);
  });
});
