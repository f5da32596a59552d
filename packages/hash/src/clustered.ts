import { HasheeError, type WeightSource } from '@hashee/core';
import { bucketLayer, checkBuckets } from './buckets.js';
import type { BuiltExitTable } from './built-exit-table.js';
import type { Corpus, CorpusOptions } from './corpus.js';
import { type DivisionOptions, divideRanking, readTargetCorpus } from './divide-ranking.js';
import { kMeans } from './k-means.js';
import { squaredDistance } from './k-means-plus-plus.js';
import { checkTarget } from './target.js';
import { checkInteger, draftTable, type TableOptions } from './vocabulary.js';

export interface ClusteredHashOptions extends TableOptions, CorpusOptions {
  /** The pretrained model's; only `embeddings.word` [V, E] is read. */
  readonly weights: Pick<WeightSource, 'shape' | 'read'>;
  /** Clusters, from 1 to L. @default L */
  readonly buckets?: DivisionOptions['buckets'];
  /** Then clusters only give the order, see `clusteredHash`. */
  readonly target?: DivisionOptions['target'];
  /** Where a target is measured; needed with one. */
  readonly targetCorpus?: Corpus | undefined;
  /**
   * What puts the clusters in order, ascending: the mean norm of their embeddings, or the sum of the norms. The sum is what
   * the authors' code takes; it is in practice an order by size, the largest cluster last.
   * @default 'mean-norm'
   */
  readonly order?: 'mean-norm' | 'norm-sum' | undefined;
  /** Integer from 0 below 2³². */
  readonly seed: number;
  /**
   * The best of so many runs is taken. One takes about half a minute for 30,522 x 384, and further ones hardly find
   * better clusters there (inertia differs by 3e-6 of itself). The authors: 40.
   * @default 1
   */
  readonly restarts?: number | undefined;
  /** Of one run at most. @default 300 */
  readonly maxIterations?: number | undefined;
  /** A run ends when no centre moves further than this share of the mean variance, squared. @default 1e-4 */
  readonly tolerance?: number | undefined;
}

/**
 * Types with similar embeddings exit together (Sun et al. 2022): k-means over all rows of the pretrained word embedding;
 * the j-th cluster, from 0, in the order of its norm exits at `1 + floor(L / B)·j`. Special ids exit at L, no type is unseen.
 *
 * With a target, types are ranked by their cluster's place and inside a cluster by the norm of their own embedding, and
 * the ranking is cut; a cut may go through a cluster.
 * @throws HasheeError `INVALID_ARGUMENT`, `INVALID_CHECKPOINT` (embeddings not finite), `TABLE_MISMATCH`, `ABORTED`
 */
export async function clusteredHash(options: ClusteredHashOptions): Promise<BuiltExitTable> {
  const {
    layers,
    weights,
    seed,
    target,
    buckets = layers,
    order = 'mean-norm',
    restarts = 1,
    maxIterations = 300,
    tolerance = 1e-4,
  } = options;
  const shape = weights.shape('embeddings.word');
  const draft = draftTable({ ...options, vocabSize: options.vocabSize ?? options.config?.vocabSize ?? shape[0] });
  checkBuckets(buckets, layers);
  if (target) checkTarget(target, layers, options.config);
  checkInteger('seed', seed, 0, 2 ** 32 - 1);
  checkInteger('restarts', restarts, 1, 10_000);
  checkInteger('maxIterations', maxIterations, 1, 1_000_000);
  if (!(tolerance >= 0 && tolerance < 1) || (order !== 'mean-norm' && order !== 'norm-sum'))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `tolerance must be from 0 to below 1 and order 'mean-norm' or 'norm-sum', got ${tolerance} and '${order}'.`,
      { fields: { tolerance, order } },
    );
  const measured = target ? await readTargetCorpus(options.targetCorpus, draft, options) : undefined;
  const rows = await readRows(weights, draft.vocabSize);
  const origin = new Float32Array(rows[0].length);
  const norms = Float64Array.from(rows, (row) => Math.sqrt(squaredDistance(row, origin)));
  const result = await kMeans(rows, { ...options, clusters: buckets, seed, restarts, maxIterations, tolerance });

  const sizes = new Float64Array(buckets);
  const sums = new Float64Array(buckets);
  result.clusters.forEach((cluster, id) => {
    sizes[cluster]++;
    sums[cluster] += norms[id];
  });
  const key = (cluster: number): number => (order === 'norm-sum' ? sums[cluster] : sums[cluster] / sizes[cluster]);
  // A cluster can lose all its rows; those that are left move together.
  const ordered = Array.from(sizes.keys())
    .filter((cluster) => sizes[cluster] > 0)
    .sort((a, b) => key(a) - key(b));
  const place = new Int32Array(buckets);
  ordered.forEach((cluster, index) => {
    place[cluster] = index;
  });
  const parameters = {
    clusters: buckets,
    clusterSizes: ordered.map((cluster) => sizes[cluster]),
    order,
    seed,
    restarts,
    maxIterations,
    tolerance,
    inertia: result.inertia,
    iterations: result.iterations,
    converged: result.converged,
  };
  if (measured) {
    const ranking = Int32Array.from(rows.keys())
      .filter((id) => draft.special[id] === 0)
      .sort((a, b) => place[result.clusters[a]] - place[result.clusters[b]] || norms[a] - norms[b] || a - b);
    return divideRanking(
      draft,
      ranking,
      measured.counts,
      { ...options, buckets: undefined },
      {
        name: 'clustered',
        parameters: { ...parameters, types: ranking.length, targetCorpus: measured.size },
      },
    );
  }
  for (let id = 0; id < draft.vocabSize; id++)
    if (draft.special[id] === 0) draft.exitLayer[id] = bucketLayer(place[result.clusters[id]], buckets, layers);
  return draft.finish({ name: 'clustered', parameters: { ...parameters, buckets } });
}

async function readRows(weights: ClusteredHashOptions['weights'], vocabSize: number): Promise<Float32Array[]> {
  const name = 'embeddings.word';
  const [rows, columns] = weights.shape(name);
  if (rows !== vocabSize)
    throw new HasheeError(
      'TABLE_MISMATCH',
      `The word embedding has ${rows} rows, the vocabulary ${vocabSize} entries. Give the weights and the tokenizer of one model.`,
      { fields: { rows, vocabSize } },
    );
  const embeddings = await weights.read(name);
  const bad = embeddings.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new HasheeError(
      'INVALID_CHECKPOINT',
      `${name} holds ${embeddings[bad]} in row ${Math.floor(bad / columns)}.`,
      {
        fields: { name, row: Math.floor(bad / columns) },
      },
    );
  return Array.from({ length: rows }, (_, row) => embeddings.subarray(row * columns, (row + 1) * columns));
}
