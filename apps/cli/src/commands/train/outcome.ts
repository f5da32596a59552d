import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { HasheeMetadata, Measurement } from '@hashee/checkpoint';
import { duration, printable } from '@hashee/terminal';
import type { TrainResult } from '@hashee/train';
import { columns } from '../../terminal/table.js';
import type { Preparation } from './prepare.js';
import type { TrainCommandOptions } from './train.js';
import type { Warning } from './warnings/warning.js';

/** What the saved model says of itself. */
export function describeModel(
  result: TrainResult,
  options: TrainCommandOptions,
  { table, head, maxLength, dataset, trainSet }: Preparation,
): HasheeMetadata {
  const { model, teacher, epochs, batchSize, accumulate, learningRate, warmup, weightDecay, dropout, seed } = options;
  const quality = Object.entries(result.best.metrics).map(
    ([name, value]): Measurement => ({ name, value, dataset, split: 'dev', conditions: { seed } }),
  );
  const local = existsSync(model);
  return {
    // A path of one's own machine says nothing to others.
    ...(local ? {} : { baseModel: model }),
    method: table ? { name: 'hashee', parameters: { hash: table.hash } } : { name: 'dense', parameters: {} },
    training: {
      task: head.task,
      dataset,
      examples: trainSet.sequences.length,
      recipe: {
        ...{ epochs, batchSize, accumulate, learningRate, warmup, weightDecay, dropout, seed, maxLength },
        ...(teacher === undefined ? {} : { teacher: basename(teacher) }),
      },
      updates: result.best.step,
    },
    ...(quality.length > 0 ? { quality } : {}),
  };
}

/** The outcome of a run for stdout. */
export function outcomeLines(
  result: TrainResult,
  options: TrainCommandOptions,
  { table }: Preparation,
  warnings: readonly Warning[],
): readonly string[] {
  const { best, steps, stopped, seconds, history } = result;
  if (options.json)
    return [
      JSON.stringify({
        ...{ output: options.output, hash: table?.hash ?? null, best, steps, stopped, seconds, history },
        warnings: warnings.map(({ seen, advice }) => `${seen} ${advice}`),
      }),
    ];
  return columns([
    ...Object.entries(best.metrics).map(([name, value]) => [name, value.toFixed(4)]),
    ['exits', table ? printable(table.hash.name) : 'none'],
    ['best update', `${best.step} of ${steps}`],
    ['time', duration(1000 * seconds)],
    ['model', options.output],
  ]);
}
