import {
  denseMacs,
  type EncoderConfig,
  type ExitTable,
  exitLayersOf,
  type HeadConfig,
  headMacs,
  sequenceMacs,
} from '@hashee/core';
import type { Row, WorkSlice } from '../rows/row.js';

/** What one round is, in counts. */
export interface CountedWork {
  readonly sequences: number;
  readonly tokens: number;
  readonly longest: number;
  /** Over all tokens of the round, by the table. */
  readonly meanExitLayer: number;
  /**
   * Multiply-accumulates without padding of rows that don't account for theirs: all queries of the last layer, keys and values
   * projected.
   */
  readonly macs: Readonly<Record<Row['computes'], number>>;
}

/** Counts a round. */
export function countWork(
  slices: readonly WorkSlice[],
  config: EncoderConfig,
  head: HeadConfig,
  table: ExitTable,
): CountedWork {
  const work = { sequences: 0, tokens: 0, longest: 0, layers: 0 };
  const macs = { dense: 0, exits: 0 };
  for (const { tokens } of slices.flatMap(({ batches }) => batches)) {
    const exits = exitLayersOf(tokens, config.layers, table);
    for (let b = 0; b + 1 < tokens.offsets.length; b++) {
      const own = exits.subarray(tokens.offsets[b], tokens.offsets[b + 1]);
      const answer = headMacs(config, head, 1);
      macs.dense += answer + denseMacs(config, own.length);
      macs.exits += answer + sequenceMacs(config, own);
      work.sequences++;
      work.tokens += own.length;
      work.longest = Math.max(work.longest, own.length);
      for (const layer of own) work.layers += layer;
    }
  }
  const { sequences, tokens, longest, layers } = work;
  return { sequences, tokens, longest, meanExitLayer: layers / tokens, macs };
}
