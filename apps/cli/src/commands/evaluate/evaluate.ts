import { isSequenceToSequence } from '@hashee/checkpoint';
import { HasheeError } from '@hashee/core';
import { encodeDataset, evaluate, type MetricName } from '@hashee/eval';
import { count, createProgress, duration, rate } from '@hashee/terminal';
import type { Context } from '../../context.js';
import type { DataOptions } from '../../data/data-options.js';
import { loadSplit, splitFile } from '../../data/load-split.js';
import { resolveReading } from '../../data/read-options.js';
import { streamSink } from '../../io/line-sink.js';
import { loadAnyModelFor, type ModelOptions } from '../../model/load-model.js';
import { backendRequest, type RuntimeOptions } from '../../model/runtime-options.js';
import type { PairOptions } from '../../summarization/pair-options.js';
import { refusePairOptions } from '../../summarization/refuse-pair-options.js';
import { columns } from '../../terminal/table.js';
import { type GenerationFlags, ofGeneration } from '../summarize/generation-flags.js';
import { evaluateSummaries } from './evaluate-summaries.js';

export interface EvaluateCommandOptions
  extends ModelOptions,
    RuntimeOptions,
    DataOptions,
    PairOptions,
    GenerationFlags {
  readonly metrics?: string | undefined;
  readonly head?: string | undefined;
  readonly dense?: true | undefined;
  readonly batchSize?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly threads?: number | undefined;
  readonly json?: true | undefined;
}

export async function evaluateModel(
  given: string | undefined,
  options: EvaluateCommandOptions,
  context: Context,
): Promise<void> {
  const { signal, stdout, stderr } = context;
  const model = await loadAnyModelFor(options, context);
  if (isSequenceToSequence(model)) return evaluateSummaries(given, model, options, context);
  refusePairOptions(options, { ...ofGeneration(options) });
  const headName = options.head ?? 'main';
  const head = model.heads.find(({ name }) => name === headName);
  if (!head)
    throw new HasheeError(
      'NOT_FOUND',
      `The model has no head "${headName}". Its heads: ${model.heads.map(({ name }) => name).join(', ') || 'none; fine-tune it first'}.`,
      { fields: { head: headName } },
    );
  const reading = await resolveReading(options, { kind: head.task, labels: head.labels });
  const file = await splitFile('dev', given, options, context);
  const dataset = await loadSplit(file, reading, context);
  const maxLength = Math.min(options.maxLength ?? model.config.maxLength, model.config.maxLength);
  const encoded = await encodeDataset(dataset, model.tokenizer, { maxLength, signal });
  const backend = await context.createBackend(backendRequest(options, options.threads));
  const exitTable = options.dense ? null : undefined;
  const encoder = await backend.load(model, { head: headName, dtype: options.dtype, exitTable, signal });
  const progress = await createProgress(stderr, 'Evaluating', options.quiet);
  try {
    const metrics = (options.metrics?.split(',').map((name) => name.trim()) ?? reading.task?.metrics) as
      | readonly MetricName[]
      | undefined;
    const result = await evaluate(encoder, encoded, {
      batchSize: options.batchSize,
      metrics,
      signal,
      onProgress: ({ done, total }) => progress.update({ done, total, text: `${done}/${total} texts` }),
    });
    progress.stop();
    const { predictions: _predictions, logits: _logits, ...numbers } = result;
    const sink = streamSink(stdout, signal);
    if (options.json) {
      await sink.line(JSON.stringify({ file, model: model.directory, truncated: encoded.truncated, ...numbers }));
      return;
    }
    const texts = `${count(result.sequences)}${encoded.truncated > 0 ? `, ${count(encoded.truncated)} of them truncated` : ''}`;
    const rows = [
      ...Object.entries(result.metrics).map(([name, value]) => [name, value.toFixed(4)]),
      ...(Object.keys(result.metrics).length > 1 ? [['score', result.score.toFixed(4)]] : []),
      ['texts', texts],
      ['mean exit layer', `${result.meanExitLayer.toFixed(2)} of ${model.config.layers}`],
      ['counted speed-up', `${result.countedSpeedup.toFixed(2)}x (${result.layerSpeedup.toFixed(2)}x by exit layers)`],
      ['time', `${duration(1000 * result.seconds)}, ${rate(result.sequences / result.seconds)} sequences/s`],
    ];
    for (const line of columns(rows)) await sink.line(line);
  } finally {
    progress.stop();
    await encoder.dispose();
  }
}
