import { HasheeError, type HeadConfig } from '@hashee/core';
import { resolveLimits } from './batch-limits.js';
import { detectPieceStyle, type PieceStyle } from './piece-style.js';
import { isMany, type PipelineInput, type PipelineInputs } from './pipeline-input.js';
import type { PipelineModel } from './pipeline-model.js';
import type { CallOptions, PipelineOptions } from './pipeline-options.js';
import type { RunSummary } from './run-summary.js';
import { SummaryCounter } from './run-summary.js';
import {
  decodeTextClassification,
  type TextClassification,
  type TextClassificationOptions,
} from './text-classification.js';
import { type DecodeContext, runTexts, type TextRunner } from './text-runner.js';
import {
  decodeTokenClassification,
  type TokenClassification,
  type TokenClassificationOptions,
} from './token-classification.js';

/** What a pipeline does with a text. `text-classification` also takes regression heads. */
export type PipelineTask = 'text-classification' | 'token-classification';

/** Results in the caller's order, and what it took to get them. */
export interface RunResult<Result> {
  readonly results: Result[];
  readonly summary: RunSummary;
}

/** A loaded model that is called with texts. */
export interface Pipeline<Result, Options extends CallOptions> {
  /** One input in, one result out. */
  (input: Exclude<PipelineInput, readonly unknown[]>, options?: Options): Promise<Result>;
  /** Many in, many out, in the same order. An empty list gives an empty list. */
  (inputs: PipelineInputs, options?: Options): Promise<Result[]>;
  readonly task: PipelineTask;
  readonly head: HeadConfig;
  /** As a call with many, with the account of the whole call. */
  run(inputs: PipelineInputs, options?: Options): Promise<RunResult<Result>>;
  /**
   * Results one by one for inputs that come one by one, of any number. Holds one window of inputs at a time, three where the backend
   * computes on other threads.
   */
  stream(inputs: PipelineInputs, options?: Options): AsyncGenerator<Result, void, undefined>;
  /** Frees the model's memory. Idempotent; later calls fail with `DISPOSED`. */
  dispose(): Promise<void>;
}

export type TextClassificationPipeline = Pipeline<TextClassification, TextClassificationOptions>;
export type TokenClassificationPipeline = Pipeline<TokenClassification, TokenClassificationOptions>;

/**
 * Loads a model into a backend and returns a function from texts to answers. Texts are tokenized, sorted by length inside
 * a window, run in batches and answered in the caller's order; the answer for a text doesn't depend on its neighbours.
 *
 * @throws HasheeError `INVALID_ARGUMENT` (unknown task or option, head of another task, empty text), `NOT_FOUND` (no such
 * head), `TABLE_MISMATCH` (exit table of another tokenizer or model), and what the backend's `load` throws
 */
export function pipeline(
  task: 'text-classification',
  model: PipelineModel,
  options: PipelineOptions,
): Promise<TextClassificationPipeline>;
export function pipeline(
  task: 'token-classification',
  model: PipelineModel,
  options: PipelineOptions,
): Promise<TokenClassificationPipeline>;
export async function pipeline(
  task: PipelineTask,
  model: PipelineModel,
  options: PipelineOptions,
): Promise<TextClassificationPipeline | TokenClassificationPipeline> {
  const { backend, dtype, exitTable, signal, onProgress, ...defaults } = options;
  const head = chooseHead(task, model, options.head);
  resolveLimits(defaults, {}, model.config.maxLength);
  const table = exitTable === undefined ? model.exitTable : exitTable;
  if (table?.tokenizerFingerprint && table.tokenizerFingerprint !== model.tokenizer.fingerprint)
    throw new HasheeError(
      'TABLE_MISMATCH',
      `The exit table was made with another tokenizer (${table.tokenizerFingerprint.slice(0, 12)}…) than the model's (${model.tokenizer.fingerprint.slice(0, 12)}…). Build the table with this model's tokenizer.`,
      { fields: { table: table.tokenizerFingerprint, model: model.tokenizer.fingerprint } },
    );
  const encoder = await backend.load(model, { dtype, head: head.name, exitTable, signal, onProgress });
  const runner: TextRunner = { encoder, head, tokenizer: model.tokenizer, defaults };
  if (task === 'text-classification')
    return makePipeline<TextClassification, TextClassificationOptions>(
      task,
      runner,
      decodeTextClassification,
      checkTopK,
    );
  let style: PieceStyle | undefined;
  return makePipeline<TokenClassification, TokenClassificationOptions>(task, runner, (context, callOptions) => {
    style ??= detectPieceStyle(model.tokenizer);
    return decodeTokenClassification(context, callOptions, style);
  });
}

function chooseHead(task: PipelineTask, model: PipelineModel, name = 'main'): HeadConfig {
  if (task !== 'text-classification' && task !== 'token-classification')
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `Unknown task ${JSON.stringify(task)}; expected 'text-classification' or 'token-classification'.`,
      { fields: { task } },
    );
  const known = model.heads.map((head) => `${head.name} (${head.task})`).join(', ') || 'none: fine-tune it first';
  const head = model.heads.find((candidate) => candidate.name === name);
  if (!head)
    throw new HasheeError('NOT_FOUND', `The model has no head "${name}". Its heads: ${known}.`, {
      fields: { head: name, heads: model.heads.map((candidate) => candidate.name) },
    });
  if ((head.task === 'token-classification') !== (task === 'token-classification'))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `The head "${name}" does ${head.task}, which pipeline('${task}', ...) can't answer. Use pipeline('${head.task === 'token-classification' ? head.task : 'text-classification'}', ...).`,
      { fields: { task, head: name, headTask: head.task } },
    );
  return head;
}

function checkTopK({ topK }: TextClassificationOptions): void {
  if (topK !== undefined && topK !== null && (!Number.isInteger(topK) || topK < 1))
    throw new HasheeError('INVALID_ARGUMENT', `topK must be a positive integer, or null for all; got ${topK}.`, {
      fields: { option: 'topK', value: topK },
    });
}

function makePipeline<Result, Options extends CallOptions>(
  task: PipelineTask,
  runner: TextRunner,
  decode: (context: DecodeContext, options: Options) => Result,
  check: (options: Options) => void = () => {},
): Pipeline<Result, Options> {
  async function* stream(
    inputs: PipelineInputs,
    options: Options = {} as Options,
  ): AsyncGenerator<Result, void, undefined> {
    check(options);
    yield* runTexts(runner, inputs, options, (context) => decode(context, options));
  }
  async function run(inputs: PipelineInputs, options: Options = {} as Options): Promise<RunResult<Result>> {
    let summary = new SummaryCounter(runner.encoder).summary();
    const onBatch = (latest: RunSummary): void => {
      summary = latest;
      options.onBatch?.(latest);
    };
    const results: Result[] = [];
    for await (const result of stream(inputs, { ...options, onBatch })) results.push(result);
    return { results, summary };
  }
  async function call(input: unknown, options?: Options): Promise<Result | Result[]> {
    if (isMany(input)) return (await run(input, options)).results;
    return (await run([input as PipelineInput], options)).results[0];
  }
  return Object.assign(call as Pipeline<Result, Options>, {
    task,
    head: runner.head,
    run,
    stream,
    dispose: () => runner.encoder.dispose(),
  });
}
