import { stat } from 'node:fs/promises';
import {
  assertTableFits,
  type EncoderConfig,
  type ExitTable,
  HasheeError,
  type HeadTask,
  type Tokenizer,
  type WeightSource,
} from '@hashee/core';
import type { Corpus } from '@hashee/hash';
import { createProgress } from '@hashee/terminal';
import type { Context } from '../../context.js';
import { loadAnyModelFor, type ModelOptions } from '../../model/load-model.js';
import { assertTableOfTokenizer } from '../../table/assert-table-of-tokenizer.js';
import { buildTable, HASHES } from '../../table/build-table.js';
import type { HashOptions } from '../../table/hash-options.js';
import { hashProgress } from '../../table/hash-progress.js';
import { readTableFile } from '../../table/table-file.js';

/** The encoder that a table is for. */
export interface TableEncoder {
  readonly config: EncoderConfig;
  readonly tokenizer: Tokenizer;
  readonly weights: WeightSource;
  readonly exitTable?: ExitTable | undefined;
}

/** Texts that a hash can look at. */
export interface TableTexts {
  /** Absent where they have no labels. */
  readonly task?: HeadTask | undefined;
  readonly sequences: Corpus;
}

/**
 * The exit table of a run: none, from a file, the model's own, another model's, or built by a hash.
 * @returns nothing where all tokens run all layers
 */
export async function chooseTable(
  options: HashOptions & Pick<ModelOptions, 'quiet'> & { readonly seed: number },
  model: TableEncoder,
  trainSet: TableTexts,
  devSet: TableTexts | undefined,
  context: Context,
): Promise<ExitTable | undefined> {
  const { hash, buckets, speedup, meanExitLayer, exitLayer } = options;
  const shaped = [buckets, speedup, meanExitLayer, exitLayer].some((value) => value !== undefined);
  const built = hash === undefined ? shaped || !model.exitTable : (HASHES as readonly string[]).includes(hash);
  if (!built && shaped)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `--buckets, --speedup, --mean-exit-layer and --exit-layer shape a table that is built; --hash ${hash} isn't.`,
    );
  if (hash === 'none') return undefined;
  if (hash === undefined && !built) return model.exitTable;
  if (hash !== undefined && !built) return readFittingTable(hash, model, options, context);
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

async function readFittingTable(
  path: string,
  model: TableEncoder,
  options: Pick<ModelOptions, 'quiet'>,
  context: Context,
): Promise<ExitTable> {
  const table = (await isFolder(path)) ? await readTableOfModel(path, options, context) : await readTable(path);
  assertTableOfTokenizer(table, model.tokenizer, path);
  assertTableFits(table, model.config);
  return table;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

async function readTableOfModel(
  path: string,
  { quiet }: Pick<ModelOptions, 'quiet'>,
  context: Context,
): Promise<ExitTable> {
  const { exitTable, tokenizer } = await loadAnyModelFor({ model: path, quiet }, context);
  if (!exitTable)
    throw new HasheeError('INVALID_ARGUMENT', `--hash ${path} is a model without an exit table.`, {
      fields: { hash: path },
    });
  return { tokenizerFingerprint: tokenizer.fingerprint, ...exitTable };
}

async function readTable(path: string): Promise<ExitTable> {
  return readTableFile(path).catch((error) => {
    if (!HasheeError.isInstance(error, 'NOT_FOUND')) throw error;
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `--hash ${path} is neither a hash (${HASHES.join(', ')}, none) nor a table file nor a model folder.`,
      { fields: { hash: path }, cause: error },
    );
  });
}
