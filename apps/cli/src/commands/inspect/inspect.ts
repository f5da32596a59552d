import { bytes, count, type Paint, paintFor, printable } from '@hashee/terminal';
import type { Context } from '../../context.js';
import { streamSink } from '../../io/line-sink.js';
import { loadAnyModelFor, type ModelOptions } from '../../model/load-model.js';
import { columns } from '../../terminal/table.js';
import { type ExitSummary, type ModelSummary, summarizeModel } from './summarize-model.js';

export interface InspectOptions extends ModelOptions {
  readonly json?: true | undefined;
}

export async function inspect(options: InspectOptions, context: Context): Promise<void> {
  const model = await loadAnyModelFor(options, context);
  const summary = await summarizeModel(model);
  const sink = streamSink(context.stdout, context.signal);
  const paint = paintFor(context.stdout, context.env);
  for (const line of options.json ? [JSON.stringify(summary)] : describe(summary, paint)) await sink.line(line);
}

function describe(summary: ModelSummary, paint: Paint): string[] {
  const { config, decoder, heads, exits, decoderExits, metadata, problems } = summary;
  const headCounts = new Set(config.heads);
  const rows: [string, string][] = [
    ['folder', `${summary.directory}, ${bytes(summary.bytes)}`],
    [
      'encoder',
      [
        `${config.modelType}, ${config.layers} layers`,
        `hidden size ${config.hiddenSize}`,
        `${headCounts.size === 1 ? config.heads[0] : config.heads.join('/')} heads of ${config.headSize}`,
        `feed-forward ${config.intermediateSize}`,
      ].join(', '),
    ],
    ...(decoder
      ? [
          [
            'decoder',
            `${decoder.layers} layers, ${decoder.heads} heads of ${decoder.headSize}, feed-forward ${decoder.intermediateSize}, up to ${decoder.maxLength} tokens`,
          ] as [string, string],
        ]
      : []),
    ['input', `${count(config.vocabSize)} vocabulary entries, up to ${config.maxLength} tokens`],
    ['parameters', `${count(summary.parameters)}, stored as ${summary.dtypes.join(', ')}`],
    ...heads.map((head): [string, string] => [
      head.name === 'main' ? 'head' : `head ${head.name}`,
      printable(`${head.task} on layer ${head.layer}: ${shorten(head.labels)}`),
    ]),
    ['method', metadata?.method ? printable(metadata.method.name) : exits || decoderExits ? 'hashee' : 'dense'],
    ...[...(metadata?.quality ?? []), ...(metadata?.speed ?? [])].map((measured): [string, string] => [
      printable(measured.name),
      printable(
        [
          readable(measured.value),
          ...(measured.dense === undefined ? [] : [`(dense ${readable(measured.dense)})`]),
          ...(measured.dataset === undefined ? [] : [`on ${measured.dataset} ${measured.split ?? ''}`]),
        ].join(' '),
      ),
    ]),
  ];
  return [
    ...columns(rows),
    ...(exits ? ['', ...describeExits(decoder ? 'exit table of the encoder' : 'exit table', exits, paint)] : []),
    ...(decoderExits ? ['', ...describeExits('exit table of the decoder', decoderExits, paint)] : []),
    '',
    ...(problems.length === 0
      ? [paint('green', 'No problems found.')]
      : problems.map((problem) => `${paint('yellow', 'problem:')} ${problem}`)),
  ];
}

/** Four significant digits. */
function readable(value: number): string {
  return String(Number(value.toPrecision(4)));
}

const BAR = 32;

function describeExits(title: string, { hash, histogram, vocabulary }: ExitSummary, paint: Paint): string[] {
  const most = Math.max(...histogram);
  const rows = histogram.map((entries, index) => [
    `layer ${index + 1}`.padEnd(8),
    count(entries).padStart(count(most).length),
    `${((100 * entries) / vocabulary).toFixed(1)} %`.padStart(7),
    paint('green', '█'.repeat(Math.round((BAR * entries) / most))),
  ]);
  return [
    `${title}: ${printable(hash.name)} hash, vocabulary entries by exit layer`,
    ...rows.map((row) => `  ${row.join('  ')}`.trimEnd()),
  ];
}

const SHOWN_LABELS = 12;

function shorten(labels: readonly string[]): string {
  const shown = labels.slice(0, SHOWN_LABELS).join(', ');
  return labels.length > SHOWN_LABELS ? `${shown}, … (${labels.length})` : shown;
}
