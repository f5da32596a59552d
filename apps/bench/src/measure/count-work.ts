import {
  activeCounts,
  denseMacs,
  type EncoderConfig,
  type ExitTable,
  exitLayersOf,
  type HeadConfig,
  headMacs,
  layerMacs,
} from '@hashee/core';
import type { Row, WorkSlice } from '../rows/row.js';

/** What one round is, in counts. */
export interface CountedWork {
  readonly sequences: number;
  readonly tokens: number;
  readonly longest: number;
  /** Over all tokens of the round, by the table. */
  readonly meanExitLayer: number;
  /** Multiply-accumulates without padding, by what a row computes. */
  readonly macs: {
    readonly dense: Readonly<Record<Row['lastLayer'], number>>;
    readonly exits: Readonly<Record<Row['lastLayer'], number>>;
  };
}

/**
 * Counts a round. Dense rows compute all tokens in all layers; rows with exits, active tokens. With `read`, one query
 * a sequence in the last layer and the cheaper of projected and absorbed attention in each; else projected.
 */
export function countWork(
  slices: readonly WorkSlice[],
  config: EncoderConfig,
  head: HeadConfig,
  table: ExitTable,
): CountedWork {
  const L = config.layers;
  const work = { sequences: 0, tokens: 0, longest: 0, layers: 0 };
  const macs = { dense: { all: 0, read: 0 }, exits: { all: 0, read: 0 } };
  for (const { tokens } of slices.flatMap(({ batches }) => batches)) {
    const exits = exitLayersOf(tokens, L, table);
    for (let b = 0; b + 1 < tokens.offsets.length; b++) {
      const [from, to] = [tokens.offsets[b], tokens.offsets[b + 1]];
      const n = to - from;
      const own = exits.subarray(from, to);
      const answer = headMacs(config, head, 1);
      const dense = denseMacs(config, n);
      macs.dense.all += answer + dense;
      macs.dense.read += answer + dense - layerMacs(config, L, n, n) + layerMacs(config, L, 1, n, 'absorbed');
      macs.exits.all += answer;
      macs.exits.read += answer;
      activeCounts(own, L).forEach((active, index) => {
        const layer = index + 1;
        macs.exits.all += layerMacs(config, layer, active, n);
        const queries = layer === L ? 1 : active;
        const ways = (['projected', 'absorbed'] as const).map((way) => layerMacs(config, layer, queries, n, way));
        macs.exits.read += Math.min(...ways);
      });
      work.sequences++;
      work.tokens += n;
      work.longest = Math.max(work.longest, n);
      for (const layer of own) work.layers += layer;
    }
  }
  const { sequences, tokens, longest, layers } = work;
  return { sequences, tokens, longest, meanExitLayer: layers / tokens, macs };
}
