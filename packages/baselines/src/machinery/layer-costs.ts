import { type Account, type EncoderConfig, embeddingMacs, layerMacs } from '@hashee/core';

/**
 * Multiply-accumulates of each sequence of a batch in each layer, `[L + 1][B]`, from the account of what ran; entry 0 is the
 * embeddings. Their sum, with the heads, is the account's.
 * @param offsets `[B + 1]`
 */
export function layerCosts(
  config: EncoderConfig,
  offsets: Int32Array,
  { exitLayers, activeTokens, attention }: Pick<Account, 'exitLayers' | 'activeTokens' | 'attention'>,
): Float64Array[] {
  const B = offsets.length - 1;
  const lengths = Array.from({ length: B }, (_, b) => offsets[b + 1] - offsets[b]);
  const costs = [Float64Array.from(lengths, (n) => embeddingMacs(config, n))];
  for (let layer = 1; layer <= config.layers; layer++) {
    const active = lengths.map((n, b) => {
      const tokens = exitLayers.subarray(offsets[b], offsets[b] + n);
      return tokens.reduce((count, exit) => count + (exit >= layer ? 1 : 0), 0);
    });
    const computed = activeTokens[layer - 1];
    const firstOnly = computed !== active.reduce((sum, count) => sum + count, 0);
    const kind = attention[layer - 1] === 'absorbed' ? 'absorbed' : 'projected';
    costs.push(
      Float64Array.from(lengths, (n, b) =>
        layerMacs(config, layer, firstOnly ? Math.min(1, active[b]) : active[b], n, kind),
      ),
    );
  }
  return costs;
}

/** The same summed over the layers, `[B]`. */
export function sequenceCosts(...given: Parameters<typeof layerCosts>): Float64Array {
  const [first, ...rest] = layerCosts(...given);
  return first.map((cost, b) => rest.reduce((sum, layer) => sum + layer[b], cost));
}
