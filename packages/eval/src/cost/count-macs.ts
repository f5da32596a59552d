import {
  type Account,
  type EncoderConfig,
  embeddingMacs,
  HasheeError,
  type HeadConfig,
  headMacs,
  layerMacs,
} from '@hashee/core';

/** A head, and how many states it was computed on. */
export interface HeadRun {
  readonly head: HeadConfig;
  readonly rows: number;
  /** Tokens of the sequences it answered for, in all; for heads with an attention of their own. */
  readonly tokens?: number | undefined;
}

/** What ran on one batch. */
export interface Ran {
  /** `[B + 1]`, where the sequences of the batch begin and end; true lengths, no padding. */
  readonly offsets: ArrayLike<number>;
  readonly account: Pick<Account, 'exitLayers' | 'activeTokens' | 'attention'>;
  /** All heads that answered, internal classifiers included. */
  readonly heads: readonly HeadRun[];
}

/**
 * Multiply-accumulates executed, from the config and the account of what ran: for each layer and sequence of n tokens with a
 * queries `a·12H² + (n - a)·2H² + 2·a·n·H` where keys and values are projected (counting of Sun et al. 2022, with the true
 * sizes of the layer), and the heads. It should equal the account's own `macs`; a test holds both against the matrix
 * products of the executed graph.
 * @throws HasheeError `INVALID_ARGUMENT` where exit layers and active tokens contradict each other
 */
export function countMacs(config: EncoderConfig, { offsets, account, heads }: Ran): number {
  const { exitLayers, activeTokens, attention } = account;
  let macs = heads.reduce((sum, { head, rows, tokens }) => sum + headMacs(config, head, rows, tokens), 0);
  for (let b = 0; b + 1 < offsets.length; b++) macs += embeddingMacs(config, offsets[b + 1] - offsets[b]);
  for (let layer = 1; layer <= config.layers; layer++) {
    const counts = activePerSequence(exitLayers, offsets, layer);
    const queries = queriesPerSequence(counts, activeTokens[layer - 1], layer);
    const kind = attention[layer - 1] === 'absorbed' ? 'absorbed' : 'projected';
    queries.forEach((active, b) => {
      macs += layerMacs(config, layer, active, offsets[b + 1] - offsets[b], kind);
    });
  }
  return macs;
}

function activePerSequence(exitLayers: Uint8Array, offsets: ArrayLike<number>, layer: number): number[] {
  return Array.from({ length: offsets.length - 1 }, (_, b) => {
    let active = 0;
    for (let t = offsets[b]; t < offsets[b + 1]; t++) if (exitLayers[t] >= layer) active++;
    return active;
  });
}

/** A head that reads only the first token lets the layer below it leave the other queries out. */
function queriesPerSequence(counts: readonly number[], computed: number, layer: number): readonly number[] {
  const active = counts.reduce((sum, count) => sum + count, 0);
  if (computed === active) return counts;
  const firstOnly = counts.map((count) => Math.min(count, 1));
  if (computed === firstOnly.reduce((sum, count) => sum + count, 0)) return firstOnly;
  if (computed === 0) return counts.map(() => 0);
  throw new HasheeError(
    'INVALID_ARGUMENT',
    `Layer ${layer}: by their exit layers ${active} tokens are active, the account says ${computed}. Expected the same number, or one of each sequence.`,
    { fields: { layer, active, computed } },
  );
}
