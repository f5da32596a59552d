import type { Backend, Encoder } from '@hashee/core';
import { tinyCheckpoint, tinyConfig, tinyRandomTable } from '@hashee/core/testing';
import { describe, expect, test } from 'vitest';
import { type PipelineModel, pipeline, type TextClassificationPipeline } from '../src/index.js';
import { referenceBackend } from './reference-backend.js';
import { smallTokenizer } from './small-tokenizer.js';

const tokenizer = smallTokenizer();
const checkpoint = tinyCheckpoint({ exitTable: tinyRandomTable(tinyConfig()) });
const WORDS = ['good', 'bad film', 'the plot is dull', 'a', 'one two three four five six'];
const texts = (count: number): string[] => Array.from({ length: count }, (_, i) => WORDS[i % WORDS.length]);

/** The reference as if it computed on two other threads: answers come later, and out of turn. */
class Elsewhere {
  readonly log: string[] = [];
  busiest = 0;
  #busy = 0;
  failAt = Number.POSITIVE_INFINITY;
  #calls = 0;

  async load(): Promise<TextClassificationPipeline> {
    const backend = referenceBackend();
    const later: Backend = {
      ...backend,
      load: async (...given) => {
        const encoder = await backend.load(...given);
        const forward: Encoder['forward'] = async (batch, options) => {
          const call = ++this.#calls;
          this.busiest = Math.max(this.busiest, ++this.#busy);
          this.log.push(`batch ${call}`);
          try {
            await new Promise((resolve) => setTimeout(resolve, call % 2 === 0 ? 1 : 8));
            if (call === this.failAt) throw new RangeError('no more');
            return await encoder.forward(batch, options);
          } finally {
            this.#busy--;
          }
        };
        return Object.assign(Object.create(encoder) as Encoder, { concurrency: 2, forward });
      },
    };
    const encode: typeof tokenizer.encode = (text, options) => {
      this.log.push('tokenize');
      return tokenizer.encode(text, options);
    };
    const model: PipelineModel = { ...checkpoint, tokenizer: { ...tokenizer, encode } };
    return pipeline('text-classification', model, { backend: later, batchSize: 4, window: 16 });
  }
}

describe('an encoder that computes on other threads', () => {
  test('gets one batch more than it computes at once, and answers stay in order', async () => {
    const elsewhere = new Elsewhere();
    const model: PipelineModel = { ...checkpoint, tokenizer };
    const plain = await pipeline('text-classification', model, { backend: referenceBackend() });
    const wanted = await plain(texts(70));
    const answers = await (await elsewhere.load())(texts(70));
    expect(answers).toHaveLength(70);
    answers.forEach(({ label, score }, i) => {
      expect(label).toBe(wanted[i].label);
      expect(score).toBeCloseTo(wanted[i].score, 5);
    });
    expect(elsewhere.busiest).toBe(3);
  });

  test('the next window is tokenized while one is computed', async () => {
    const elsewhere = new Elsewhere();
    await (await elsewhere.load())(texts(48));
    // The second window's last text before the first window's last batch.
    const tokenized = elsewhere.log.flatMap((entry, at) => (entry === 'tokenize' ? [at] : []));
    expect(tokenized[31]).toBeLessThan(elsewhere.log.indexOf('batch 5'));
  });

  test('holds three windows, however long the stream', async () => {
    const classify = await new Elsewhere().load();
    let read = 0;
    let closed = false;
    function* endless(): Generator<string> {
      try {
        while (true) yield WORDS[read++ % WORDS.length];
      } finally {
        closed = true;
      }
    }
    let answered = 0;
    for await (const _ of classify.stream(endless())) {
      answered++;
      await new Promise((resolve) => setTimeout(resolve, 2));
      expect(read - answered).toBeLessThan(48);
      if (answered === 70) break;
    }
    expect(closed).toBe(true);
  });

  test('who leaves early or aborts does not wait for a source that hangs', async () => {
    for (const leave of ['break', 'abort'] as const) {
      const classify = await new Elsewhere().load();
      async function* hangs(): AsyncGenerator<string> {
        yield* texts(16);
        await new Promise(() => {});
      }
      const controller = new AbortController();
      const run = async (): Promise<void> => {
        for await (const _ of classify.stream(hangs(), { signal: controller.signal })) {
          if (leave === 'break') break;
          controller.abort('enough');
        }
      };
      if (leave === 'break') await run();
      else await expect(run()).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' });
    }
  });

  test('a failure ends the call with its own error, also where the source hangs', async () => {
    const elsewhere = new Elsewhere();
    elsewhere.failAt = 2;
    const classify = await elsewhere.load();
    async function* hangs(): AsyncGenerator<string> {
      yield* texts(16);
      await new Promise(() => {});
    }
    const run = async (): Promise<void> => {
      for await (const _ of classify.stream(hangs()));
    };
    await expect(run()).rejects.toThrow('no more');
  });

  test('an input that is no text is refused after the answers before it', async () => {
    const classify = await new Elsewhere().load();
    let answered = 0;
    const run = async (): Promise<void> => {
      for await (const _ of classify.stream([...texts(20), ' '])) answered++;
    };
    await expect(run()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', fields: { index: 20 } });
    expect(answered).toBe(16);
  });
});

test('a call takes what can be iterated', async () => {
  const classify = await new Elsewhere().load();
  expect(await classify(new Set(['good', 'a']))).toHaveLength(2);
  async function* inputs(): AsyncGenerator<string> {
    yield 'good';
    yield 'bad film';
    yield 'a';
  }
  expect(await classify(inputs())).toHaveLength(3);
  expect((await classify.run(inputs())).summary.sequences).toBe(3);
});
