import { HasheeError } from '@hashee/core';
import { bucketLayers, checkBuckets } from './buckets.js';
import type { BuiltExitTable } from './built-exit-table.js';
import type { Corpus, CorpusOptions } from './corpus.js';
import { type CorpusSize, TypeCounts } from './count-types.js';
import { cutLayers } from './cut-points.js';
import { checkTarget, meetTarget, type Target } from './target.js';
import type { TableDraft, TableOptions } from './vocabulary.js';

/** How a ranking becomes exit layers: by a number of buckets, or by what shall be reached. */
export interface DivisionOptions {
  /** B, from 1 to L. @default L, where no target is given */
  readonly buckets?: number | undefined;
  /** In place of `buckets`. */
  readonly target?: Target | undefined;
}

/** @throws HasheeError `INVALID_ARGUMENT` when both ways are given, or one is out of range */
export function checkDivision(options: DivisionOptions & TableOptions): void {
  if (options.buckets !== undefined && options.target !== undefined)
    throw new HasheeError('INVALID_ARGUMENT', 'Give buckets or target, not both: a target finds the layers itself.', {
      fields: { buckets: options.buckets, target: options.target },
    });
  if (options.target !== undefined) checkTarget(options.target, options.layers, options.config);
  else checkBuckets(options.buckets ?? options.layers, options.layers);
}

/** Counts of the corpus that a target is measured on, and its size, if the hash itself doesn't read one. */
export async function readTargetCorpus(
  corpus: Corpus | undefined,
  draft: TableDraft,
  options: CorpusOptions,
): Promise<{ counts: TypeCounts; size: CorpusSize }> {
  if (corpus === undefined)
    throw new HasheeError('INVALID_ARGUMENT', 'A target is met on a corpus: give targetCorpus, such as the train set.');
  const counts = new TypeCounts(draft.special);
  return { counts, size: await counts.read(corpus, 'target', options) };
}

/**
 * Fills a draft: the first ids of the ranking exit first.
 * @param counts needed for a target
 * @returns the table; its hash has `parameters` and, after them, buckets or target
 */
export function divideRanking(
  draft: TableDraft,
  ranking: Int32Array,
  counts: TypeCounts | undefined,
  options: DivisionOptions & TableOptions,
  hash: { readonly name: string; readonly parameters: Readonly<Record<string, unknown>> },
): BuiltExitTable {
  const { layers } = draft;
  const reached =
    options.target && counts
      ? meetTarget(options.target, ranking, counts, { layers, config: options.config })
      : undefined;
  const buckets = options.buckets ?? layers;
  const byRank = reached ? cutLayers(reached.cuts) : bucketLayers(ranking.length, buckets, layers);
  ranking.forEach((id, rank) => {
    draft.exitLayer[id] = byRank[rank];
  });
  const parameters = { ...hash.parameters, ...(reached ? { target: { ...reached } } : { buckets }) };
  return draft.finish({ name: hash.name, parameters }, { ranking, target: reached });
}
