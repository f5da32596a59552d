import { HasheeError, Random, throwIfAborted } from '@hashee/core';
import type { CorpusOptions } from './corpus.js';
import { kMeansPlusPlus, squaredDistance } from './k-means-plus-plus.js';

export interface KMeansOptions extends CorpusOptions {
  readonly clusters: number;
  readonly seed: number;
  readonly restarts: number;
  readonly maxIterations: number;
  /** Of the mean variance of a column: a restart ends when no centre moves further, squared. */
  readonly tolerance: number;
}

export interface KMeansResult {
  /** Cluster of each row. */
  readonly clusters: Int32Array;
  /** Squared distances of the rows from their centres, summed; the least of all restarts. */
  readonly inertia: number;
  /** Of the best restart. */
  readonly iterations: number;
  readonly converged: boolean;
}

/**
 * Lloyd's algorithm by ml-kmeans from k-means++ centres, the best of several restarts. The same seed gives the same
 * clusters. The centres are drawn here: the library's own k-means++ takes 8 s for 30,522 rows of 384, this one 0.1 s.
 */
export async function kMeans(rows: readonly Float32Array[], options: KMeansOptions): Promise<KMeansResult> {
  const { clusters, seed, restarts, maxIterations, signal, onProgress } = options;
  if (clusters > rows.length)
    throw new HasheeError('INVALID_ARGUMENT', `Can't make ${clusters} clusters of ${rows.length} rows.`, {
      fields: { clusters, rows: rows.length },
    });
  const { kmeansGenerator } = await import('ml-kmeans');
  const tolerance = options.tolerance * meanVariance(rows);
  let best: KMeansResult | undefined;
  for (let restart = 1; restart <= restarts; restart++) {
    const centres = kMeansPlusPlus(rows, clusters, Random.stream(seed, restart));
    // The library only reads lengths and entries, so views serve and the matrix isn't copied.
    const passes = kmeansGenerator(rows as unknown as number[][], clusters, {
      initialization: centres.map((row) => Array.from(rows[row])),
      maxIterations,
      tolerance,
      distanceFunction: squaredDistance,
    });
    let last: { clusters: number[]; centroids: number[][]; converged: boolean; iterations: number } | undefined;
    for (const pass of passes) {
      last = pass;
      onProgress?.({ status: 'clustering', restart, restarts, iteration: pass.iterations, maxIterations });
      await new Promise<void>((resolve) => setTimeout(resolve));
      throwIfAborted(signal, 'Clustering');
    }
    const { clusters: assigned, centroids, iterations, converged } = last!;
    const inertia = rows.reduce((sum, row, index) => sum + squaredDistance(row, centroids[assigned[index]]), 0);
    if (!best || inertia < best.inertia) best = { clusters: Int32Array.from(assigned), inertia, iterations, converged };
  }
  return best!;
}

function meanVariance(rows: readonly Float32Array[]): number {
  const columns = rows[0].length;
  const sums = new Float64Array(columns);
  const squares = new Float64Array(columns);
  for (const row of rows)
    for (let column = 0; column < columns; column++) {
      sums[column] += row[column];
      squares[column] += row[column] ** 2;
    }
  return squares.reduce((sum, square, i) => sum + square / rows.length - (sums[i] / rows.length) ** 2, 0) / columns;
}
