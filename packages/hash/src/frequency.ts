import type { BuiltExitTable } from './built-exit-table.js';
import type { Corpus, CorpusOptions } from './corpus.js';
import { TypeCounts } from './count-types.js';
import { checkDivision, type DivisionOptions, divideRanking, readTargetCorpus } from './divide-ranking.js';
import { draftTable, type TableOptions } from './vocabulary.js';

export interface FrequencyHashOptions extends TableOptions, DivisionOptions, CorpusOptions {
  readonly train: Corpus;
  /** Its tokens count too, its labels don't. Types that are in neither are unseen and exit at L. */
  readonly dev?: Corpus | undefined;
  /** Where a target is measured. @default train and dev together */
  readonly targetCorpus?: Corpus | undefined;
}

/**
 * The most frequent types exit first (Sun et al. 2022). Ids are ranked by their occurrences in train and dev, descending,
 * equal ones by first occurrence; special ids and unseen types exit at L.
 * @throws HasheeError `INVALID_ARGUMENT`, `INVALID_DATA`, `TABLE_MISMATCH`, `ABORTED`
 */
export async function frequencyHash(options: FrequencyHashOptions): Promise<BuiltExitTable> {
  const draft = draftTable(options);
  checkDivision(options);
  const counts = new TypeCounts(draft.special);
  const train = await counts.read(options.train, 'train', options);
  const dev = options.dev && (await counts.read(options.dev, 'dev', options));
  // The sort is stable, so equal counts keep the order of first occurrence.
  const ranking = Int32Array.from([...counts.firstSeen].sort((a, b) => counts.occurrences[b] - counts.occurrences[a]));
  const measured =
    options.target && options.targetCorpus ? await readTargetCorpus(options.targetCorpus, draft, options) : undefined;
  return divideRanking(draft, ranking, measured?.counts ?? counts, options, {
    name: 'frequency',
    parameters: {
      types: ranking.length,
      train,
      ...(dev ? { dev } : {}),
      ...(measured ? { targetCorpus: measured.size } : {}),
    },
  });
}
