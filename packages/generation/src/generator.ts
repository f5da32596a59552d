import {
  collate,
  type ExitTable,
  HasheeError,
  readWindows,
  type SequenceToSequenceConfig,
  type SequenceToSequenceModel,
  type Tokenizer,
  throwIfAborted,
} from '@hashee/core';
import type { GeneratedSequence, GeneratedText } from './generated-text.js';
import type { GenerationEvent } from './generation-event.js';
import type { GenerationModel } from './generation-model.js';
import { GenerationCounter, type GenerationSummary } from './generation-summary.js';
import type {
  CallOptions,
  GenerationOptions,
  GeneratorOptions,
  SourceBatchOptions,
} from './options/generation-options.js';
import { type GenerationSettings, resolveSettings } from './options/generation-settings.js';
import { readGenerationConfig } from './options/read-generation-config.js';
import type { Hypothesis } from './search/hypothesis.js';
import { search } from './search/search.js';
import { BATCH_SIZE, type Source, sourceBatches } from './source-batches.js';
import { TextStream } from './text-stream.js';

/** Batches that texts which arrive in time are sorted into. */
const WINDOW = 4;
/** A first text of slow input waits this long for company, in milliseconds. */
const MAX_WAIT = 250;

/** A loaded encoder-decoder that is called with texts. */
export interface TextGenerator {
  readonly config: SequenceToSequenceConfig;
  /** One text in, one out. */
  generate(text: string, options?: CallOptions): Promise<GeneratedText>;
  /** Many in, many out, in the same order. What a text becomes doesn't depend on its neighbours. */
  generate(texts: Iterable<string>, options?: CallOptions): Promise<GeneratedText[]>;
  /** As `generate` with many, with the account of the whole call. */
  run(
    texts: Iterable<string>,
    options?: CallOptions,
  ): Promise<{ results: GeneratedText[]; summary: GenerationSummary }>;
  /**
   * Tokens as they are chosen, of all texts of a batch in turn, and every text's result as soon as it is there. With beams there are
   * results only. Texts that arrive in time are batched with those that arrive together, four batches at most.
   */
  stream(
    texts: string | Iterable<string> | AsyncIterable<string>,
    options?: CallOptions,
  ): AsyncGenerator<GenerationEvent, void, undefined>;
  /** Frees the model's memory. Idempotent; later calls fail with `DISPOSED`. */
  dispose(): Promise<void>;
}

/**
 * Loads an encoder-decoder into a backend and returns what turns texts into texts.
 * @throws HasheeError `INVALID_ARGUMENT` (options out of range), `UNSUPPORTED` (the backend doesn't generate, the tokenizer doesn't decode,
 * settings of the model that can't be followed), `TABLE_MISMATCH`, and what the backend's `loadSequenceToSequence` throws
 */
export async function generator(model: GenerationModel, options: GeneratorOptions): Promise<TextGenerator> {
  const { backend, dtype, exitTable, decoderExitTable, signal, onProgress, ...defaults } = options;
  const { tokenizer, config } = model;
  if (!backend.loadSequenceToSequence)
    throw new HasheeError('UNSUPPORTED', `The runtime ${backend.name} doesn't run encoder-decoders. Use another one.`, {
      fields: { backend: backend.name },
    });
  if (!tokenizer.decode)
    throw new HasheeError('UNSUPPORTED', 'The tokenizer can only read. A generator needs one with decode().');
  assertSameTokenizer(exitTable === undefined ? model.exitTable : exitTable, tokenizer, 'encoder');
  assertSameTokenizer(decoderExitTable === undefined ? model.decoderExitTable : decoderExitTable, tokenizer, 'decoder');
  // Before anything is loaded.
  resolveSettings([defaults, readGenerationConfig(model.generationConfig ?? {})], config);
  const loaded = await backend.loadSequenceToSequence(model, {
    dtype,
    exitTable,
    decoderExitTable,
    signal,
    onProgress,
  });
  return generatorOf(loaded, model, defaults);
}

/**
 * The same of a model that a runtime has loaded already, such as the present weights of a training run; `dispose` disposes of it.
 * @param model what the tokens mean, and how its authors generate
 * @param defaults of every call
 * @throws HasheeError `INVALID_ARGUMENT` (options out of range), `UNSUPPORTED` (the tokenizer doesn't decode, settings of the model that
 * can't be followed)
 */
export function generatorOf(
  loaded: SequenceToSequenceModel,
  { tokenizer, generationConfig = {} }: Pick<GenerationModel, 'tokenizer' | 'generationConfig'>,
  defaults: GenerationOptions & SourceBatchOptions = {},
): TextGenerator {
  const { config } = loaded;
  const { decode: decoder } = tokenizer;
  if (!decoder)
    throw new HasheeError('UNSUPPORTED', 'The tokenizer can only read. A generator needs one with decode().');
  const decode = (ids: readonly number[]): string => decoder.call(tokenizer, ids);
  const ofModel = readGenerationConfig(generationConfig);
  const settingsOf = (call: CallOptions): GenerationSettings => resolveSettings([call, defaults, ofModel], config);
  settingsOf({});

  async function* events(
    texts: readonly string[],
    call: CallOptions,
    counter: GenerationCounter,
    first = 0,
  ): AsyncGenerator<GenerationEvent, void, undefined> {
    const settings = settingsOf(call);
    for (const batch of sourceBatches(texts, tokenizer, config, { ...defaults, ...present(call) }, first)) {
      yield* runBatch(loaded, batch, settings, call, decode, counter);
      call.onBatch?.(counter.summary());
    }
  }

  async function* arriving(
    texts: AsyncIterable<string>,
    call: CallOptions,
  ): AsyncGenerator<GenerationEvent, void, undefined> {
    const counter = new GenerationCounter(config);
    let first = 0;
    const batchSize = call.batchSize ?? defaults.batchSize ?? BATCH_SIZE;
    // Alone in its batch no text gains by being sorted.
    const size = batchSize > 1 ? WINDOW * batchSize : 1;
    const { signal } = call;
    for await (const window of readWindows(texts, { size, maxWait: MAX_WAIT, signal, what: 'Generating' })) {
      yield* events(window, call, counter, first);
      first += window.length;
    }
  }

  async function run(
    texts: Iterable<string>,
    call: CallOptions = {},
  ): Promise<{ results: GeneratedText[]; summary: GenerationSummary }> {
    const list = [...texts];
    const counter = new GenerationCounter(config);
    const results = new Array<GeneratedText>(list.length);
    for await (const event of events(list, call, counter))
      if (event.type === 'done') results[event.index] = event.result;
    return { results, summary: counter.summary() };
  }

  async function generate(texts: string | Iterable<string>, call: CallOptions = {}): Promise<never> {
    if (typeof texts === 'string') return (await run([texts], call)).results[0] as never;
    return (await run(texts, call)).results as never;
  }

  return {
    config,
    run,
    generate,
    stream: (texts, call = {}) =>
      typeof texts === 'object' && Symbol.asyncIterator in texts
        ? arriving(texts, call)
        : events(typeof texts === 'string' ? [texts] : [...texts], call, new GenerationCounter(config)),
    dispose: () => loaded.dispose(),
  };
}

function assertSameTokenizer(
  table: ExitTable | null | undefined,
  { fingerprint }: Tokenizer,
  of: 'encoder' | 'decoder',
): void {
  const made = table?.tokenizerFingerprint;
  if (made === undefined || made === fingerprint) return;
  throw new HasheeError(
    'TABLE_MISMATCH',
    `The exit table of the ${of} was made with another tokenizer (${made.slice(0, 12)}…) than the model's (${fingerprint.slice(0, 12)}…). Build the table with this model's tokenizer.`,
    { fields: { table: made, model: fingerprint } },
  );
}

function present(options: CallOptions): CallOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

async function* runBatch(
  model: SequenceToSequenceModel,
  batch: readonly Source[],
  settings: GenerationSettings,
  { signal, explain }: CallOptions,
  decode: (ids: readonly number[]) => string,
  counter: GenerationCounter,
): AsyncGenerator<GenerationEvent, void, undefined> {
  throwIfAborted(signal, 'Generating');
  const tokens = collate(batch);
  const decoding = await model.begin(tokens, { signal });
  const { exitLayers } = decoding.account().encoder;
  const streams = batch.map(() =>
    Array.from({ length: settings.numReturnSequences }, () => new TextStream(decode, settings.decoderStartTokenId)),
  );
  try {
    for await (const event of search(decoding, settings, { signal, indexOf: (source) => batch[source].index })) {
      const { index, truncated } = batch[event.source];
      if (event.type === 'token') {
        const { source, sequence, token: tokenId, last } = event;
        const text = streams[source][sequence].append(tokenId, last);
        yield { type: 'token', index, sequence, tokenId, text };
        continue;
      }
      const sequences = event.hypotheses.map((hypothesis) => toSequence(hypothesis, decode));
      for (const { tokenIds } of sequences.slice(0, 1)) counter.addResult(tokenIds.length - 1, truncated);
      const [from, to] = [tokens.offsets[event.source], tokens.offsets[event.source + 1]];
      const result: GeneratedText = {
        ...sequences[0],
        ...(settings.numReturnSequences > 1 ? { sequences } : {}),
        truncated,
        ...(explain ? { exitLayers: exitLayers.slice(from, to) } : {}),
      };
      yield { type: 'done', index, result };
    }
  } finally {
    counter.addBatch(decoding.account());
    decoding.dispose();
  }
}

function toSequence({ tokens, score }: Hypothesis, decode: (ids: readonly number[]) => string): GeneratedSequence {
  return { text: decode(tokens), tokenIds: tokens, ...(score === undefined ? {} : { score }) };
}
