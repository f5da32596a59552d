import { basename } from 'node:path';
import { assertCopyable, type Model } from '@hashee/checkpoint';
import type { Checkpoint, ExitTable, HeadConfig, HeadTask } from '@hashee/core';
import { type Dataset, type EncodedDataset, encodeDataset, type MetricName } from '@hashee/eval';
import { plural } from '@hashee/terminal';
import { mainHead } from '@hashee/train';
import type { Context } from '../../context.js';
import { loadSplit, splitFile } from '../../data/load-split.js';
import { type DataReading, resolveReading } from '../../data/read-options.js';
import { loadModelFor } from '../../model/load-model.js';
import { chooseTable } from './choose-table.js';
import type { TrainCommandOptions } from './train.js';

/** All that a run needs before its first step. */
export interface Preparation {
  /** As it was loaded. */
  readonly model: Model;
  /** What training starts from: the model, without a head that answers something else. */
  readonly start: Checkpoint;
  readonly head: HeadConfig;
  /** Absent: all layers for all tokens. */
  readonly table: ExitTable | undefined;
  readonly trainSet: EncodedDataset;
  /** Absent: the last weights are the result. */
  readonly devSet: EncodedDataset | undefined;
  readonly metrics: readonly MetricName[] | undefined;
  readonly maxLength: number;
  /** Name of the task, or of the training file. */
  readonly dataset: string;
}

export async function prepare(options: TrainCommandOptions, context: Context): Promise<Preparation> {
  const { signal, stderr } = context;
  const trainFile = await splitFile('train', options.train, options, context);
  const devFile =
    options.dev ?? (options.task === undefined ? undefined : await splitFile('dev', undefined, options, context));
  const model = await loadModelFor(options, context);
  await assertCopyable(model.directory);
  const { config, tokenizer } = model;
  const present = model.heads.find(({ name }) => name === 'main');
  const reading = await resolveReading(options, { kind: present?.task });
  const { data: trainData, labels } = await readTraining(trainFile, reading, present, context);
  const devData = devFile === undefined ? undefined : await loadSplit(devFile, reading, context, labels);
  const maxLength = Math.min(options.maxLength ?? reading.task?.maxLength ?? config.maxLength, config.maxLength);
  const trainSet = await encodeDataset(trainData, tokenizer, { maxLength, signal });
  const devSet = devData && (await encodeDataset(devData, tokenizer, { maxLength, signal }));
  const keeps = present !== undefined && answersTheSame(present, trainData);
  const head = keeps ? present : mainHead(config, reading.kind, trainData.labels);
  if (!options.quiet) stderr.write(`${describeData(trainSet, devSet, head, maxLength)}\n`);
  return {
    model,
    start: keeps ? model : { config, weights: model.weights, heads: model.heads.filter((each) => each !== present) },
    head,
    table: await chooseTable(options, model, trainSet, devSet, context),
    trainSet,
    devSet,
    metrics: reading.task?.metrics,
    maxLength,
    dataset: options.train === undefined && options.task !== undefined ? options.task : basename(trainFile),
  };
}

/** The training data, with indices by the model's labels where it knows them all already. */
async function readTraining(
  file: string,
  reading: DataReading,
  present: HeadConfig | undefined,
  context: Context,
): Promise<{ readonly data: Dataset<HeadTask>; readonly labels: DataReading['labels'] }> {
  const data = await loadSplit(file, reading, context);
  if (reading.labels) return { data, labels: reading.labels };
  const known = present?.task === reading.kind && data.labels.every((label) => present.labels.includes(label));
  if (!known || present.labels.join('\n') === data.labels.join('\n')) return { data, labels: data.labels };
  return { data: await loadSplit(file, reading, context, present.labels), labels: present.labels };
}

function answersTheSame(head: HeadConfig, { kind, labels }: Dataset<HeadTask>): boolean {
  if (head.task !== kind) return false;
  return kind === 'regression' || head.labels.join('\n') === labels.join('\n');
}

const NAMED_LABELS = 12;

function describeData(
  train: EncodedDataset,
  dev: EncodedDataset | undefined,
  { labels }: HeadConfig,
  maxLength: number,
): string {
  const named = labels.slice(0, NAMED_LABELS).join(', ') + (labels.length > NAMED_LABELS ? ', …' : '');
  const cut = train.truncated + (dev?.truncated ?? 0);
  return [
    plural(train.sequences.length, 'training text'),
    dev ? plural(dev.sequences.length, 'dev text') : 'no dev texts, so the last weights are kept',
    `labels ${named}`,
    ...(cut > 0 ? [`${plural(cut, 'text')} cut to ${maxLength} tokens`] : []),
  ].join('; ');
}
