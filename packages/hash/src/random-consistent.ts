import { Random } from '@hashee/core';
import { bucketLayer } from './buckets.js';
import type { BuiltExitTable } from './built-exit-table.js';
import type { Corpus, CorpusOptions } from './corpus.js';
import { checkDivision, type DivisionOptions, divideRanking, readTargetCorpus } from './divide-ranking.js';
import { checkInteger, draftTable, type TableOptions } from './vocabulary.js';

export interface RandomConsistentHashOptions extends TableOptions, DivisionOptions, CorpusOptions {
  /** Integer from 0 below 2³². */
  readonly seed: number;
  /** Where a target is measured; needed with one. */
  readonly targetCorpus?: Corpus | undefined;
}

/**
 * Each vocabulary entry draws its bucket uniformly and independently, once and for all (Sun et al. 2022); special ids exit
 * at L, no type is unseen. With a target, the entries are ranked at random instead and the ranking is cut.
 * @throws HasheeError `INVALID_ARGUMENT`, `INVALID_DATA`, `TABLE_MISMATCH`, `ABORTED`
 */
export async function randomConsistentHash(options: RandomConsistentHashOptions): Promise<BuiltExitTable> {
  const { layers, seed, target, buckets = layers } = options;
  checkInteger('seed', seed, 0, 2 ** 32 - 1);
  const draft = draftTable(options);
  checkDivision(options);
  const random = new Random(seed);
  const name = 'random-consistent';
  if (target) {
    const { counts, size } = await readTargetCorpus(options.targetCorpus, draft, options);
    const ids = Int32Array.from({ length: draft.vocabSize }, (_, id) => id).filter((id) => draft.special[id] === 0);
    const parameters = { seed, types: ids.length, targetCorpus: size };
    return divideRanking(draft, random.shuffle(ids), counts, options, { name, parameters });
  }
  for (let id = 0; id < draft.vocabSize; id++) {
    const bucket = random.below(buckets);
    if (draft.special[id] === 0) draft.exitLayer[id] = bucketLayer(bucket, buckets, layers);
  }
  return draft.finish({ name, parameters: { seed, buckets } });
}
