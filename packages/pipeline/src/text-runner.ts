import {
  collate,
  type EncodedText,
  type Encoder,
  HasheeError,
  type HeadConfig,
  type TextInput,
  type Tokenizer,
  throwIfAborted,
} from '@hashee/core';
import { cutBatches } from './batch-cutter.js';
import { type PipelineInput, toTextInput } from './pipeline-input.js';
import type { BatchOptions, CallOptions } from './pipeline-options.js';
import { SummaryCounter } from './run-summary.js';
import { readWindows } from './window-reader.js';

const BATCH_SIZE = 32;
const MAX_BATCH_TOKENS = 16_384;
const WINDOW_BATCHES = 64;
/** Room for the special tokens of a pair and a piece of each text. */
const SHORTEST_MAX_LENGTH = 5;

/** One input after its batch has run. */
export interface DecodeContext {
  readonly text: TextInput;
  readonly encoded: EncodedText;
  /** `[C]`, or `[tokens, C]` for token classification. */
  readonly logits: Float32Array;
  readonly head: HeadConfig;
  /** `[tokens]` */
  readonly exitLayers: Uint8Array;
  readonly tokenizer: Tokenizer;
}

export interface TextRunner {
  readonly encoder: Encoder;
  readonly head: HeadConfig;
  readonly tokenizer: Tokenizer;
  readonly defaults: BatchOptions;
}

interface Limits {
  readonly batchSize: number;
  readonly maxBatchTokens: number;
  readonly maxLength: number;
  readonly window: number;
  readonly maxWait: number | undefined;
}

/** @throws HasheeError `INVALID_ARGUMENT` */
export function resolveLimits(defaults: BatchOptions, options: BatchOptions, modelLength: number): Limits {
  const integer = (
    name: Exclude<keyof BatchOptions, 'maxWait'>,
    fallback: number,
    low: number,
    high: number,
  ): number => {
    const value = options[name] ?? defaults[name] ?? fallback;
    if (!Number.isInteger(value) || value < low || value > high)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `${name} must be an integer from ${low} to ${high}${name === 'maxLength' ? ', the longest the model takes' : ''}; got ${value}.`,
        { fields: { option: name, value, low, high } },
      );
    return value;
  };
  const maxWait = options.maxWait ?? defaults.maxWait;
  if (maxWait !== undefined && !(maxWait >= 0 && maxWait <= 86_400_000))
    throw new HasheeError('INVALID_ARGUMENT', `maxWait must be from 0 to 86400000 milliseconds; got ${maxWait}.`, {
      fields: { option: 'maxWait', value: maxWait },
    });
  const batchSize = integer('batchSize', BATCH_SIZE, 1, 65_536);
  return {
    batchSize,
    maxBatchTokens: integer('maxBatchTokens', MAX_BATCH_TOKENS, 1, 1 << 28),
    maxLength: integer('maxLength', modelLength, Math.min(SHORTEST_MAX_LENGTH, modelLength), modelLength),
    window: integer('window', batchSize * WINDOW_BATCHES, 1, 1 << 24),
    maxWait,
  };
}

/**
 * Reads inputs window by window, runs each window in batches of similar length and yields the results in the order of
 * the inputs. Holds one window at a time.
 */
export async function* runTexts<Result>(
  runner: TextRunner,
  inputs: Iterable<PipelineInput> | AsyncIterable<PipelineInput>,
  options: CallOptions,
  decode: (context: DecodeContext) => Result,
): AsyncGenerator<Result, void, undefined> {
  const { encoder, tokenizer, head } = runner;
  const limits = resolveLimits(runner.defaults, options, encoder.config.maxLength);
  const counter = new SummaryCounter(encoder);
  const { signal } = options;

  async function runWindow(texts: readonly TextInput[]): Promise<Result[]> {
    const encoded = texts.map((text) => tokenizer.encode(text, { maxLength: limits.maxLength }));
    const lengths = encoded.map(({ inputIds }) => inputIds.length);
    const results = new Array<Result>(texts.length);
    for (const batch of cutBatches(lengths, limits.batchSize, limits.maxBatchTokens)) {
      throwIfAborted(signal, 'The pipeline');
      const tokens = collate(batch.map((position) => encoded[position]));
      const { logits, account } = await encoder.forward(tokens, { signal });
      const C = head.labels.length;
      const perToken = head.task === 'token-classification';
      batch.forEach((position, row) => {
        const [from, to] = [tokens.offsets[row], tokens.offsets[row + 1]];
        results[position] = decode({
          text: texts[position],
          encoded: encoded[position],
          logits: perToken ? logits.subarray(from * C, to * C) : logits.subarray(row * C, (row + 1) * C),
          head,
          exitLayers: account.exitLayers.subarray(from, to),
          tokenizer,
        });
      });
      counter.add(account, batch.length, batch.filter((position) => encoded[position].truncated).length);
      options.onBatch?.(counter.summary());
    }
    return results;
  }

  let index = 0;
  const windows = readWindows(inputs, { size: limits.window, maxWait: limits.maxWait, signal, what: 'The pipeline' });
  for await (const window of windows) yield* await runWindow(window.map((input) => toTextInput(input, index++)));
}

/** @throws HasheeError `RUNTIME` where the model answers with infinities or NaN */
export function assertFinite(logits: Float32Array): void {
  for (const value of logits)
    if (!Number.isFinite(value))
      throw new HasheeError('RUNTIME', `The model answered ${value}; its weights are probably damaged.`, {
        fields: { value },
      });
}
