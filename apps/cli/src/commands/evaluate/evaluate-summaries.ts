import type { SequenceToSequence } from '@hashee/checkpoint';
import { HasheeError } from '@hashee/core';
import { count, createProgress, duration, rate } from '@hashee/terminal';
import type { Context } from '../../context.js';
import { splitFile } from '../../data/load-split.js';
import { streamSink } from '../../io/line-sink.js';
import { readPairs, SUMMARIZATION } from '../../summarization/read-pairs.js';
import { refuseClassifierOptions } from '../../summarization/refuse-classifier-options.js';
import { rougeScores, rougeWords } from '../../summarization/rouge.js';
import { columns } from '../../terminal/table.js';
import { generationOptions } from '../summarize/generation-flags.js';
import type { EvaluateCommandOptions } from './evaluate.js';

/** `hashee evaluate` of an encoder-decoder: ROUGE of what it generates. */
export async function evaluateSummaries(
  given: string | undefined,
  model: SequenceToSequence,
  options: EvaluateCommandOptions,
  context: Context,
): Promise<void> {
  const { signal, stdout, stderr } = context;
  if (options.metrics !== undefined || options.head !== undefined)
    throw new HasheeError('INVALID_ARGUMENT', 'Summaries are judged by ROUGE: leave --metrics and --head out.');
  refuseClassifierOptions(options, {});
  const task = options.task === SUMMARIZATION ? undefined : options.task;
  const file = await splitFile('dev', given, { ...options, task }, context);
  const pairs = await readPairs(file, options, context);
  const references = pairs.map(({ target }) => target);
  const words = rougeWords(references, options.rouge);
  const { generator } = await import('@hashee/generation');
  const generate = await generator(model, {
    ...generationOptions({ ...options, maxTokens: options.maxTokens ?? options.maxTarget }, model),
    backend: await context.createBackend({ threads: options.threads }),
    ...{ dtype: options.dtype, batchSize: options.batchSize, signal },
    ...(options.dense ? { exitTable: null, decoderExitTable: null } : {}),
  });
  const progress = await createProgress(stderr, 'Evaluating', options.quiet);
  try {
    const started = performance.now();
    const total = pairs.length;
    const { results, summary } = await generate.run(
      pairs.map(({ source }) => source),
      { signal, onBatch: ({ texts: done }) => progress.update({ done, total, text: `${done}/${total} texts` }) },
    );
    progress.stop();
    const seconds = (performance.now() - started) / 1000;
    const metrics = rougeScores(
      results.map(({ text }) => text),
      references,
      words,
    );
    const sink = streamSink(stdout, signal);
    if (options.json) {
      await sink.line(JSON.stringify({ file, model: model.directory, metrics, rouge: words, seconds, ...summary }));
      return;
    }
    const { encoder, truncated, generatedTokens, countedSpeedup } = summary;
    const rows = [
      ...Object.entries(metrics).map(([name, value]) => [name, value.toFixed(4)]),
      ['texts', `${count(total)}${truncated > 0 ? `, ${count(truncated)} of them truncated` : ''}`],
      ['mean exit layer', `${encoder.meanExitLayer.toFixed(2)} of ${encoder.layers}`],
      [
        'counted speed-up',
        `${encoder.countedSpeedup.toFixed(2)}x of the encoder, ${countedSpeedup.toFixed(2)}x with the decoder`,
      ],
      ['time', `${duration(1000 * seconds)}, ${rate(generatedTokens / seconds)} tokens/s`],
    ];
    for (const line of columns(rows)) await sink.line(line);
  } finally {
    progress.stop();
    await generate.dispose();
  }
}
