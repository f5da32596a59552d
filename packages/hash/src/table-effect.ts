import { type EncoderConfig, embeddingMacs } from '@hashee/core';
import type { TypeCounts } from './count-types.js';
import { summedLayerMacs } from './summed-layer-macs.js';

/** What exit layers do to a corpus. */
export interface TableEffect {
  /** Over all tokens, special ones too. */
  readonly meanExitLayer: number;
  /** `L / meanExitLayer`: how many times fewer token-layers than the dense model. */
  readonly layerSpeedup: number;
  /** Multiply-accumulates of the dense encoder over those with exits, keys and values projected for all tokens. Needs a config. */
  readonly projectedSpeedup?: number | undefined;
  /** The same, with the cheaper of projected and absorbed attention in each layer. Needs a config. */
  readonly countedSpeedup?: number | undefined;
}

/** Computes the effect of any cut of one ranking, each in time proportional to L. */
export class RankingEffects {
  readonly #counts: TypeCounts;
  readonly #config: EncoderConfig | undefined;
  /** Entry r: over the first r types of the ranking. */
  readonly #occurrences: Float64Array;
  readonly #lengthsAround: Float64Array;

  constructor(ranking: Int32Array, counts: TypeCounts, config: EncoderConfig | undefined) {
    this.#counts = counts;
    this.#config = config;
    this.#occurrences = new Float64Array(ranking.length + 1);
    this.#lengthsAround = new Float64Array(ranking.length + 1);
    ranking.forEach((id, rank) => {
      this.#occurrences[rank + 1] = this.#occurrences[rank] + counts.occurrences[id];
      this.#lengthsAround[rank + 1] = this.#lengthsAround[rank] + counts.lengthsAround[id];
    });
  }

  /**
   * @param cuts `[L]`, see `cutPoints`; types outside the ranking exit at L. Each sequence is taken to hold such a token,
   * as [CLS] is one; for sequences that don't, the true cost is lower.
   */
  of(cuts: ArrayLike<number>): TableEffect {
    const { tokens, squaredLengths } = this.#counts;
    const config = this.#config;
    let tokenLayers = 0;
    let dense = config ? embeddingMacs(config, tokens) : 0;
    let projected = dense;
    let cheaper = dense;
    for (let layer = 1; layer <= cuts.length; layer++) {
      const out = layer === 1 ? 0 : cuts[layer - 2];
      const active = tokens - this.#occurrences[out];
      tokenLayers += active;
      if (!config) continue;
      const sums = { active, lengths: tokens, activeLengths: squaredLengths - this.#lengthsAround[out] };
      const all = { active: tokens, lengths: tokens, activeLengths: squaredLengths };
      const layerProjected = summedLayerMacs(config, layer, sums, 'projected');
      dense += summedLayerMacs(config, layer, all, 'projected');
      projected += layerProjected;
      cheaper += Math.min(layerProjected, summedLayerMacs(config, layer, sums, 'absorbed'));
    }
    return {
      meanExitLayer: tokenLayers / tokens,
      layerSpeedup: (cuts.length * tokens) / tokenLayers,
      ...(config ? { projectedSpeedup: dense / projected, countedSpeedup: dense / cheaper } : {}),
    };
  }
}
