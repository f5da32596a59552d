import {
  collate,
  type EncodedText,
  type Encoder,
  HasheeError,
  type HeadConfig,
  readWindows,
  type TextInput,
  type Tokenizer,
  throwIfAborted,
} from '@hashee/core';
import { cutBatches } from './batch-cutter.js';
import { resolveLimits } from './batch-limits.js';
import { inParallel } from './in-parallel.js';
import type { PipelineInputs } from './pipeline-input.js';
import type { BatchOptions, CallOptions } from './pipeline-options.js';
import { runAhead } from './run-ahead.js';
import { SummaryCounter } from './run-summary.js';
import { type TokenizedWindow, tokenizeWindows } from './tokenize-windows.js';

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

/**
 * Reads inputs window by window, runs each window in batches of similar length and yields the results in the order of
 * the inputs. Holds one window at a time. Where the encoder computes elsewhere, as many batches as it can take are under way, the
 * next window is tokenized meanwhile, and the one after the results that are being read is computed: three windows are held.
 */
export async function* runTexts<Result>(
  runner: TextRunner,
  inputs: PipelineInputs,
  options: CallOptions,
  decode: (context: DecodeContext) => Result,
): AsyncGenerator<Result, void, undefined> {
  const { encoder, tokenizer, head } = runner;
  const limits = resolveLimits(runner.defaults, options, encoder.config.maxLength);
  const elsewhere = encoder.concurrency !== undefined;
  const batchesAtOnce = (encoder.concurrency ?? 0) + 1;
  const counter = new SummaryCounter(encoder);
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(options.signal?.reason);

  async function runBatch(batch: readonly number[], { texts, encoded }: TokenizedWindow, results: Result[]) {
    throwIfAborted(stop.signal, 'The pipeline');
    const tokens = collate(batch.map((position) => encoded[position]));
    const { logits, account } = await encoder.forward(tokens, { signal: stop.signal });
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

  async function* compute(windows: AsyncIterable<TokenizedWindow>): AsyncGenerator<Result[], void, undefined> {
    for await (const window of windows) {
      const lengths = window.encoded.map(({ inputIds }) => inputIds.length);
      const results = new Array<Result>(lengths.length);
      const batches = cutBatches(lengths, limits.batchSize, limits.maxBatchTokens);
      try {
        await inParallel(batches, batchesAtOnce, (batch) => runBatch(batch, window, results));
      } catch (error) {
        // What is being read ahead would have to be waited for.
        stop.abort(error);
        throw error;
      }
      yield results;
    }
  }

  if (options.signal?.aborted) onAbort();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const { window: size, maxWait } = limits;
    const windows = readWindows(inputs, { size, maxWait, signal: stop.signal, what: 'The pipeline' });
    const { maxLength } = limits;
    const tokenized = tokenizeWindows(windows, tokenizer, { maxLength, pause: elsewhere, signal: stop.signal });
    const computed = compute(elsewhere ? runAhead(tokenized) : tokenized);
    for await (const results of elsewhere ? runAhead(computed) : computed) {
      let read = false;
      try {
        yield* results;
        read = true;
      } finally {
        // Whoever leaves early doesn't wait for what was begun ahead.
        if (!read) stop.abort();
      }
    }
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
}

/** @throws HasheeError `RUNTIME` where the model answers with infinities or NaN */
export function assertFinite(logits: Float32Array): void {
  for (const value of logits)
    if (!Number.isFinite(value))
      throw new HasheeError('RUNTIME', `The model answered ${value}; its weights are probably damaged.`, {
        fields: { value },
      });
}
