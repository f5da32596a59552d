import { type EncoderConfig, type ExitTable, embeddingMacs, type HeadConfig, headMacs, layerMacs } from '@hashee/core';
import { type BuiltExitTable, cutLayers, cutPoints } from '@hashee/hash';
import { executedMacs } from './dense-cost.js';

const HALVINGS = 40;

/** A table and what it does on the sequences it was cut for. */
export interface CutTable {
  readonly table: ExitTable;
  /** Dense work over work with exits. Below what was asked where even the earliest exits don't reach it. */
  readonly speedup: number;
}

/**
 * The latest exits with which a model is as fast as asked, both counted as they are executed: heads included, the cheaper
 * attention in each layer, first tokens only in the last. The ranking stays; where it is cut into layers is found by bisection.
 */
export function tableForSpeedup(
  built: BuiltExitTable & { readonly ranking: Int32Array },
  sequences: readonly ArrayLike<number>[],
  { config, head, speedup }: { readonly config: EncoderConfig; readonly head: HeadConfig; readonly speedup: number },
): CutTable {
  const { ranking, layers } = built;
  const dense = sequences.reduce((sum, { length }) => sum + executedMacs(config, head, length), 0);
  const cut = (lateness: number): CutTable => {
    const byRank = cutLayers(Array.from(cutPoints(ranking.length, layers, lateness)));
    const exitLayer = new Uint8Array(built.exitLayer.length).fill(layers);
    ranking.forEach((id, rank) => {
      exitLayer[id] = byRank[rank];
    });
    const hash = { name: built.hash.name, parameters: { ...built.hash.parameters, target: { speedup, lateness } } };
    const table: ExitTable = {
      layers,
      exitLayer,
      hash,
      ...(built.tokenizerFingerprint === undefined ? {} : { tokenizerFingerprint: built.tokenizerFingerprint }),
    };
    return { table, speedup: dense / exitCost(config, head, sequences, exitLayer) };
  };
  let best = cut(1);
  if (best.speedup >= speedup) return best;
  best = cut(0);
  if (best.speedup < speedup) return best;
  for (let i = 0, low = 0, high = 1; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    const tried = cut(middle);
    if (tried.speedup >= speedup) [low, best] = [middle, tried];
    else high = middle;
  }
  return best;
}

function exitCost(
  config: EncoderConfig,
  head: HeadConfig,
  sequences: readonly ArrayLike<number>[],
  exitLayer: Uint8Array,
): number {
  const L = config.layers;
  const totals = { projected: new Float64Array(L), absorbed: new Float64Array(L) };
  let macs = 0;
  const active = new Int32Array(L + 1);
  for (const ids of sequences) {
    const n = ids.length;
    macs += embeddingMacs(config, n) + headMacs(config, head, 1);
    active.fill(0);
    for (let t = 0; t < n; t++) active[exitLayer[ids[t]] - 1]++;
    // Tokens that leave after layer l or later are active in it; the last layer computes the first token.
    for (let layer = L - 1; layer >= 1; layer--) active[layer - 1] += active[layer];
    active[L - 1] = 1;
    for (let layer = 1; layer <= L; layer++)
      for (const kind of ['projected', 'absorbed'] as const)
        totals[kind][layer - 1] += layerMacs(config, layer, active[layer - 1], n, kind);
  }
  for (let layer = 0; layer < L; layer++) macs += Math.min(totals.projected[layer], totals.absorbed[layer]);
  return macs;
}
