import type { Model } from '@hashee/checkpoint';
import { assertTableFits, type ExitTable, HasheeError } from '@hashee/core';
import type { EncodedDataset } from '@hashee/eval';
import type { Context } from '../../context.js';
import { assertTableOfTokenizer } from '../../table/assert-table-of-tokenizer.js';
import { buildTable, HASHES } from '../../table/build-table.js';
import { hashProgress } from '../../table/hash-progress.js';
import { readTableFile } from '../../table/table-file.js';
import { createProgress } from '../../terminal/progress.js';
import type { TrainCommandOptions } from './train.js';

/**
 * The exit table of a run: none, from a file, the model's own, or built by a hash.
 * @returns nothing where all tokens run all layers
 */
export async function chooseTable(
  options: TrainCommandOptions,
  model: Model,
  trainSet: EncodedDataset,
  devSet: EncodedDataset | undefined,
  context: Context,
): Promise<ExitTable | undefined> {
  const { hash, buckets, speedup, meanLayer, exitLayer } = options;
  const shaped = [buckets, speedup, meanLayer, exitLayer].some((value) => value !== undefined);
  const built = hash === undefined ? shaped || !model.exitTable : (HASHES as readonly string[]).includes(hash);
  if (!built && shaped)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `--buckets, --speedup, --mean-layer and --exit-layer shape a table that is built; --hash ${hash} isn't.`,
    );
  if (hash === 'none') return undefined;
  if (hash === undefined && !built) return model.exitTable;
  if (hash !== undefined && !built) return readFittingTable(hash, model);
  const progress = await createProgress(context.stderr, 'Reading', options.quiet);
  try {
    const dev = devSet && (async () => devSet.sequences);
    const {
      ranking: _ranking,
      target: _target,
      ...table
    } = await buildTable(options, {
      config: model.config,
      tokenizer: model.tokenizer,
      weights: model.weights,
      regression: trainSet.task === 'regression',
      train: async () => trainSet.sequences,
      dev,
      seed: options.seed,
      signal: context.signal,
      onProgress: hashProgress(progress),
    });
    return table;
  } finally {
    progress.stop();
  }
}

async function readFittingTable(path: string, model: Model): Promise<ExitTable> {
  const table = await readTableFile(path).catch((error) => {
    if (!HasheeError.isInstance(error, 'NOT_FOUND')) throw error;
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `--hash ${path} is neither a hash (${HASHES.join(', ')}, none) nor a table file.`,
      { fields: { hash: path }, cause: error },
    );
  });
  assertTableOfTokenizer(table, model.tokenizer, path);
  assertTableFits(table, model.config);
  return table;
}
