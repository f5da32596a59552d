import type { EncoderConfig, ExitTable } from '@hashee/core';

/** Tokens by which the way of computing each layer is chosen. */
export interface TypicalBatch {
  readonly exitLayers: Uint8Array;
  readonly offsets: Int32Array;
}

const SEQUENCES = 8;
const LENGTH = 32;

/**
 * What texts look like to an exit table when none are at hand: 8 sequences of 32 tokens, the first and the last of each special.
 * Types of frequency tables occur as Zipf's law has it, rank r in proportion to 1/r; those of other tables equally often.
 * @param tokens in each sequence, in place of 32
 */
export function typicalBatch(
  config: EncoderConfig,
  table: ExitTable | undefined,
  tokens: number = LENGTH,
): TypicalBatch {
  const L = config.layers;
  const length = Math.min(tokens, config.maxLength);
  const types = new Array<number>(L + 1).fill(0);
  for (const layer of table?.exitLayer ?? []) types[layer]++;
  const share = new Array<number>(L + 1).fill(0);
  for (let layer = 1, rank = 0; layer <= L; rank += types[layer], layer++)
    share[layer] = table?.hash.name === 'frequency' ? Math.log((rank + types[layer] + 1) / (rank + 1)) : types[layer];
  const total = share.reduce((sum, each) => sum + each, 0);

  const exitLayers = new Uint8Array(SEQUENCES * length).fill(L);
  const ordinary = exitLayers.length - 2 * SEQUENCES;
  if (total > 0) {
    let layer = 1;
    let until = share[1] / total;
    for (let i = 0; i < ordinary; i++) {
      while (layer < L && (i + 0.5) / ordinary > until) until += share[++layer] / total;
      // Spread over the sequences like cards.
      exitLayers[(i % SEQUENCES) * length + 1 + Math.floor(i / SEQUENCES)] = layer;
    }
  }
  return { exitLayers, offsets: Int32Array.from({ length: SEQUENCES + 1 }, (_, b) => b * length) };
}
