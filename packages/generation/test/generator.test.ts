import { onnx } from '@hashee/runtime-onnx';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CallOptions, type GenerationEvent, generator, type TextGenerator } from '../src/index.js';
import { goldenModel, readGolden } from './golden-model.js';

const { texts } = readGolden('bart');

describe('a generator', () => {
  let summarize: TextGenerator;

  beforeAll(async () => {
    summarize = await generator(await goldenModel('bart'), { backend: onnx({ threads: 1 }), numBeams: 1 });
  });
  afterAll(() => summarize.dispose());

  async function collect(input: string | string[], options: CallOptions): Promise<GenerationEvent[]> {
    const events: GenerationEvent[] = [];
    for await (const event of summarize.stream(input, options)) events.push(event);
    return events;
  }

  test.each<CallOptions>([{}, { doSample: true, numReturnSequences: 3, seed: 4 }, { decoderStartTokenId: 100 }])(
    'streams what it returns: %o',
    async (options) => {
      const results = await summarize.generate(texts, options);
      const events = await collect(texts, { ...options, batchSize: 3 });
      for (const [index, result] of results.entries()) {
        const done = events.filter((event) => event.type === 'done' && event.index === index);
        expect(done).toEqual([{ type: 'done', index, result }]);
        for (const [sequence, { text, tokenIds }] of (result.sequences ?? [result]).entries()) {
          const tokens = events.filter((event) => event.type === 'token').filter((event) => event.index === index);
          const own = tokens.filter((event) => event.sequence === sequence);
          expect([options.decoderStartTokenId ?? 2, ...own.map(({ tokenId }) => tokenId)]).toEqual(tokenIds);
          expect(own.map((event) => event.text).join('')).toBe(text);
        }
      }
      // A text that has ended is reported before the others go on.
      const first = events.findIndex((event) => event.type === 'done');
      expect(events.slice(first).some((event) => event.type === 'token')).toBe(true);
    },
  );

  test('samples that have ended leave the batch', async () => {
    const options = { doSample: true, numReturnSequences: 4, seed: 1, temperature: 0.7, maxNewTokens: 20 };
    const { results, summary } = await summarize.run([texts[0]], options);
    const lengths = results[0].sequences!.map(({ tokenIds }) => tokenIds.length - 1);
    expect(new Set(lengths).size).toBeGreaterThan(1);
    expect(summary.decoder.tokens).toBe(lengths.reduce((sum, length) => sum + length, 0));
    // With others they leave as far as all texts keep equally many.
    const both = await summarize.run(texts.slice(0, 2), options);
    expect(both.results[0].sequences).toEqual(results[0].sequences);
    const made = both.results.flatMap(({ sequences = [] }) => sequences.map(({ tokenIds }) => tokenIds.length - 1));
    const total = made.reduce((sum, length) => sum + length, 0);
    expect(both.summary.decoder.tokens).toBeGreaterThanOrEqual(total);
    const carried = both.results.map(
      ({ sequences = [] }) => 4 * Math.max(...sequences.map(({ tokenIds }) => tokenIds.length - 1)),
    );
    expect(both.summary.decoder.tokens).toBeLessThan(carried[0] + carried[1]);
  });

  test('beams of which none may end give the start token alone, as in transformers', async () => {
    const options = { numBeams: 2, lengthPenalty: -30, minLength: 8, maxLength: 20 };
    const { results, summary } = await summarize.run([texts[0]], options);
    expect(results).toEqual([{ text: '', tokenIds: [2], score: -1e9, truncated: false }]);
    expect(summary.texts).toBe(1);
    // Asked for two, of which one can be.
    const { sequences } = await summarize.generate(texts[0], { numBeams: 2, numReturnSequences: 2, maxLength: 2 });
    expect(sequences?.map(({ tokenIds }) => tokenIds)).toEqual([[2, 2], [2]]);
  });

  test('Chinese words come one by one too', async () => {
    const chinese = await generator(await goldenModel('cpt'), { backend: onnx({ threads: 1 }), numBeams: 1 });
    const source = readGolden('cpt').texts[0];
    const { text } = await chinese.generate(source);
    let streamed = '';
    const lengths: number[] = [];
    for await (const event of chinese.stream(source)) {
      if (event.type !== 'token') continue;
      streamed += event.text;
      lengths.push(streamed.length);
    }
    expect(streamed).toBe(text);
    expect(new Set(lengths).size).toBeGreaterThan(4);
    await chinese.dispose();
  });

  test('texts may arrive one by one; batches tell how far they are', async () => {
    const results = await summarize.generate(texts, { doSample: true, seed: 3 });
    async function* arriving(): AsyncGenerator<string> {
      for (const [i, text] of texts.entries()) {
        if (i === 2) await new Promise((resolve) => setTimeout(resolve, 400));
        yield text;
      }
    }
    for (const batchSize of [1, 2, 8]) {
      const counted: number[] = [];
      const found: string[] = [];
      const onBatch = ({ texts: done }: { texts: number }): void => void counted.push(done);
      for await (const event of summarize.stream(arriving(), { doSample: true, seed: 3, batchSize, onBatch }))
        if (event.type === 'done') found[event.index] = event.result.text;
      expect(found).toEqual(results.map(({ text }) => text));
      expect(counted.at(-1)).toBe(texts.length);
      expect(counted).toEqual([...counted].sort((a, b) => a - b));
      // The pause has made two batches at least.
      expect(counted.length).toBeGreaterThan(1);
    }
  });

  test('an input that fails, and a reader that goes away, end the reading', async () => {
    let closed = 0;
    async function* failing(fail: boolean): AsyncGenerator<string> {
      try {
        yield texts[0];
        if (fail) throw new Error('no more');
        for (;;) yield texts[1];
      } finally {
        closed++;
      }
    }
    await expect(async () => {
      for await (const _ of summarize.stream(failing(true)));
    }).rejects.toThrow('no more');
    for await (const event of summarize.stream(failing(false), { batchSize: 1 })) if (event.type === 'done') break;
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(closed).toBe(2);
  });

  test('an abort ends the wait for a text that never comes', async () => {
    let closed = 0;
    const silent: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: async () => {
          closed++;
          return { done: true, value: undefined };
        },
      }),
    };
    const controller = new AbortController();
    const waiting = summarize.stream(silent, { signal: controller.signal }).next();
    controller.abort('enough');
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' });
    expect(closed).toBe(1);
  });

  test('beams stream results only', async () => {
    const events = await collect(texts, { numBeams: 3 });
    expect(events.map(({ type }) => type)).toEqual(texts.map(() => 'done'));
    expect(new Set(events.map(({ index }) => index)).size).toBe(texts.length);
  });

  test('sampling: the same seed, the same outputs in any batch; another seed, others', async () => {
    const sample = async (seed: number, batchSize: number): Promise<string[][]> => {
      const results = await summarize.generate(texts, { doSample: true, seed, batchSize, numReturnSequences: 2 });
      return results.map(({ sequences }) => sequences!.map(({ tokenIds }) => tokenIds.join()));
    };
    const whole = await sample(7, 8);
    expect(await sample(7, 2)).toEqual(whole);
    expect(await sample(8, 8)).not.toEqual(whole);
    expect(whole.some(([first, second]) => first !== second)).toBe(true);
  });

  test('sampling follows the probabilities', async () => {
    const text = texts[1];
    const counts = new Map<number, number>();
    const draws = 1000;
    for (let seed = 0; seed < draws / 250; seed++) {
      const { sequences } = await summarize.generate(text, {
        ...{ doSample: true, topK: 0, seed, numReturnSequences: 250, maxNewTokens: 1, forcedEosTokenId: null },
      });
      for (const { tokenIds } of sequences!) counts.set(tokenIds[1], (counts.get(tokenIds[1]) ?? 0) + 1);
    }
    // With one new token a beam's score is the log-probability of that token.
    const { sequences } = await summarize.generate(text, {
      ...{ numBeams: 4, numReturnSequences: 4, maxNewTokens: 1, forcedEosTokenId: null },
    });
    for (const { tokenIds, score } of sequences!) {
      const p = Math.exp(score!);
      const deviation = Math.sqrt((p * (1 - p)) / draws);
      expect(Math.abs((counts.get(tokenIds[1]) ?? 0) / draws - p)).toBeLessThan(4 * deviation);
    }
  });

  test('the temperature near 0 is the best token, and so is topK 1', async () => {
    const greedy = await summarize.generate(texts);
    const tokens = greedy.map(({ tokenIds }) => tokenIds);
    for (const options of [{ temperature: 0.001 }, { topK: 1 }, { topP: 0 }]) {
      const results = await summarize.generate(texts, { doSample: true, ...options });
      expect(results.map(({ tokenIds }) => tokenIds)).toEqual(tokens);
    }
  });

  test('counts encoder and decoder apart; fewer layers only show in the encoder', async () => {
    const dense = await generator(await goldenModel('bart'), { backend: onnx(), numBeams: 1, exitTable: null });
    const [exits, all] = [await summarize.run(texts), await dense.run(texts)];
    expect(all.summary.encoder).toMatchObject({ meanExitLayer: 4, countedSpeedup: 1, layers: 4 });
    expect(all.summary.countedSpeedup).toBe(1);
    const { encoder, decoder, countedSpeedup, sourceTokens, generatedTokens } = exits.summary;
    expect(encoder.denseMacs).toBe(all.summary.encoder.denseMacs);
    expect(encoder.meanExitLayer).toBeLessThan(4);
    expect(encoder.countedSpeedup).toBeGreaterThan(countedSpeedup);
    expect(countedSpeedup).toBeGreaterThan(1);
    expect(sourceTokens).toBe(readGolden('bart').sources.flat().length);
    const made = exits.results.reduce((sum, { tokenIds }) => sum + tokenIds.length - 1, 0);
    // Texts that have ended cost nothing more: as many tokens went in as came out.
    expect([generatedTokens, decoder.tokens]).toEqual([made, made]);
    await dense.dispose();
  });

  test('long texts are cut and flagged, exit layers shown on request', async () => {
    const result = await summarize.generate(texts[0], { maxSourceLength: 9, explain: true });
    expect([result.truncated, result.exitLayers?.length]).toEqual([true, 9]);
    const plain = await summarize.generate(texts[0]);
    expect([plain.truncated, plain.exitLayers]).toEqual([false, undefined]);
  });

  test('a signal ends it between two tokens, and leaving a stream frees the batch', async () => {
    const controller = new AbortController();
    let seen = 0;
    const run = async (): Promise<void> => {
      for await (const event of summarize.stream(texts, { signal: controller.signal }))
        if (event.type === 'token' && ++seen === 7) controller.abort('enough');
    };
    await expect(run()).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' });
    expect(seen).toBeLessThan(15);
    for await (const _ of summarize.stream(texts)) break;
    expect(await summarize.generate([])).toEqual([]);
  });

  test('refuses what it cannot do', async () => {
    await expect(summarize.generate('  ')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(summarize.generate([texts[0], 5 as never])).rejects.toMatchObject({ fields: { index: 1 } });
    await expect(summarize.generate(texts, { maxLength: 4000 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(summarize.generate(texts, { batchSize: 0 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    const model = await goldenModel('bart');
    const backend = onnx();
    const { loadSequenceToSequence: _, ...readOnly } = backend;
    await expect(generator(model, { backend: readOnly })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    const exitTable = { ...model.exitTable, tokenizerFingerprint: 'another' };
    const { layers } = model.config.decoder;
    const exitLayer = new Uint8Array(model.config.encoder.vocabSize).fill(layers);
    const decoderExitTable = { ...exitTable, layers, exitLayer };
    const mismatch = { code: 'TABLE_MISMATCH', fields: { table: 'another', model: model.tokenizer.fingerprint } };
    await expect(generator(model, { backend, exitTable })).rejects.toMatchObject(mismatch);
    await expect(generator(model, { backend, decoderExitTable })).rejects.toMatchObject(mismatch);
    await expect(generator({ ...model, decoderExitTable }, { backend })).rejects.toMatchObject(mismatch);
    const without = await generator({ ...model, decoderExitTable }, { backend, decoderExitTable: null });
    await without.dispose();
    await expect(generator(model, { backend, numBeams: -1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('is over after dispose', async () => {
    const other = await generator(await goldenModel('bart'), { backend: onnx() });
    await other.dispose();
    await other.dispose();
    await expect(other.generate(texts)).rejects.toMatchObject({ code: 'DISPOSED' });
  });
});
