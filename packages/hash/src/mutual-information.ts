import type { BuiltExitTable } from './built-exit-table.js';
import type { Corpus, CorpusOptions } from './corpus.js';
import { TypeCounts } from './count-types.js';
import { checkDivision, type DivisionOptions, divideRanking, readTargetCorpus } from './divide-ranking.js';
import { JointCounts, type LabelKind } from './joint-counts.js';
import { draftTable, type TableOptions } from './vocabulary.js';

export interface MutualInformationHashOptions extends TableOptions, DivisionOptions, CorpusOptions {
  /** Labelled. Types that aren't in it exit at L, also if they are in dev. */
  readonly train: Corpus;
  /** @default { kind: 'classes' } */
  readonly labels?: LabelKind | undefined;
  /** Where a target is measured. @default train */
  readonly targetCorpus?: Corpus | undefined;
}

/**
 * The types that tell most about the label exit first (Sun et al. 2022). With all probabilities counted over the
 * non-special tokens of train, and terms of p(w, y) = 0 left out,
 *
 *     MI(w) = Σ_y p(w, y) · ln( p(w, y) / (p(w) · p(y)) )  =  p(w) · KL( p(y | w) || p(y) )  >= 0      (nats)
 *
 * for any number of classes. Ranked descending; values closer than 1e-12 count as equal and go by first occurrence.
 * The authors' code departs from this (it counts the first occurrence of a type for no label, knows two labels only and
 * takes p(y) over sequences), so tables differ from theirs.
 * @throws HasheeError `INVALID_ARGUMENT`, `INVALID_DATA` (labels), `TABLE_MISMATCH`, `ABORTED`
 */
export async function mutualInformationHash(options: MutualInformationHashOptions): Promise<BuiltExitTable> {
  const draft = draftTable(options);
  checkDivision(options);
  const counts = new TypeCounts(draft.special);
  const labels = options.labels ?? { kind: 'classes' };
  const joint = new JointCounts(draft.special, labels);
  const train = await counts.read(options.train, 'train', options, (example, sequence) => joint.add(example, sequence));
  const information = joint.mutualInformation();
  const rounded = information.map((value) => Math.round(value * 1e12));
  const ranking = Int32Array.from(
    counts.firstSeen.filter((id) => joint.occurrences[id] > 0).sort((a, b) => rounded[b] - rounded[a]),
  );
  const measured =
    options.target && options.targetCorpus ? await readTargetCorpus(options.targetCorpus, draft, options) : undefined;
  return divideRanking(draft, ranking, measured?.counts ?? counts, options, {
    name: 'mutual-information',
    parameters: {
      types: ranking.length,
      train,
      labels: { ...labels, classes: joint.classes() },
      ...(measured ? { targetCorpus: measured.size } : {}),
    },
  });
}
