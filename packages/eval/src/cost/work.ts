import type { Account } from '@hashee/core';

/** What answering some sequences took. */
export interface Work {
  readonly sequences: number;
  readonly tokens: number;
  /** Tokens by their last computed layer, `[L]`: entry l - 1 counts those whose state came out of layer l. */
  readonly tokensByExitLayer: readonly number[];
  /** Multiply-accumulates executed, heads included. */
  readonly macs: number;
  /** Multiply-accumulates of the dense model on the same input. */
  readonly denseMacs: number;
  /** Wall-clock time of the computation, as the runtime took it. */
  readonly milliseconds: number;
}

/** The work of one batch. */
export function workOf(account: Account, sequences: number): Work {
  const deepest = account.exitLayers.reduce((a, b) => Math.max(a, b), account.activeTokens.length);
  const tokensByExitLayer = new Array<number>(deepest).fill(0);
  for (const layer of account.exitLayers) if (layer > 0) tokensByExitLayer[layer - 1]++;
  const { macs, denseMacs, milliseconds } = account;
  return { sequences, tokens: account.exitLayers.length, tokensByExitLayer, macs, denseMacs, milliseconds };
}

/** The work of all batches together. */
export function addWork(works: Iterable<Work>): Work {
  const total = { sequences: 0, tokens: 0, macs: 0, denseMacs: 0, milliseconds: 0 };
  const tokensByExitLayer: number[] = [];
  for (const work of works) {
    for (const field of ['sequences', 'tokens', 'macs', 'denseMacs', 'milliseconds'] as const)
      total[field] += work[field];
    work.tokensByExitLayer.forEach((count, index) => {
      tokensByExitLayer[index] = (tokensByExitLayer[index] ?? 0) + count;
    });
  }
  return { ...total, tokensByExitLayer };
}

/** Mean over all tokens of the last layer computed. A token that no layer computed counts as 0. */
export function meanExitLayer({ tokens, tokensByExitLayer }: Pick<Work, 'tokens' | 'tokensByExitLayer'>): number {
  return tokensByExitLayer.reduce((sum, count, index) => sum + count * (index + 1), 0) / tokens;
}
