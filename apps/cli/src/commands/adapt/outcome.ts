import { existsSync } from 'node:fs';
import type { HasheeMetadata } from '@hashee/checkpoint';
import type { ExitTable } from '@hashee/core';
import { count, duration } from '@hashee/terminal';
import type { TrainResult } from '@hashee/train';
import { columns } from '../../terminal/table.js';
import type { AdaptCommandOptions } from './adapt.js';
import type { AdaptTexts } from './read-texts.js';

/** What an adaptation was made from, and what came of it. */
export interface Adaptation {
  readonly result: TrainResult;
  readonly table: ExitTable;
  readonly texts: AdaptTexts;
  readonly maxLength: number;
  /** Squared distance from the states without exits, mean of the last updates; absent where the run had ended already. */
  readonly loss: number | undefined;
}

/** What the saved encoder says of itself. */
export function describeAdapted(options: AdaptCommandOptions, adaptation: Adaptation): HasheeMetadata {
  const { result, table, texts, maxLength } = adaptation;
  const { model, epochs, batchSize, learningRate, seed, limit } = options;
  return {
    // A path of one's own machine says nothing to others.
    ...(existsSync(model) ? {} : { baseModel: model }),
    method: { name: 'hashee', parameters: { hash: table.hash } },
    training: {
      task: 'adaptation',
      dataset: texts.names.join(', '),
      examples: texts.sequences.length,
      recipe: { epochs, batchSize, learningRate, seed, maxLength, ...(limit === undefined ? {} : { limit }) },
      updates: result.steps,
    },
  };
}

/** The outcome for stdout. */
export function adaptedLines(options: AdaptCommandOptions, adaptation: Adaptation): readonly string[] {
  const { result, table, texts, loss } = adaptation;
  const { steps, seconds } = result;
  const { output } = options;
  const { found, truncated, sequences } = texts;
  if (options.json) {
    const counts = { texts: sequences.length, found, truncated };
    return [JSON.stringify({ output, hash: table.hash, ...counts, loss: loss ?? null, steps, seconds })];
  }
  return columns([
    ['texts', count(sequences.length)],
    ...(loss === undefined ? [] : [['loss', loss.toFixed(4)]]),
    ['exits', table.hash.name],
    ['updates', count(steps)],
    ['time', duration(1000 * seconds)],
    ['encoder', output],
  ]);
}
