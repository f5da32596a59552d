import { type Checkpoint, HasheeError, type HeadConfig, type WeightSource } from '@hashee/core';

/**
 * A model of some layers of another, in the given order; a layer that is named twice is there twice, with weights of its own.
 * Heads that read the last layer read the new last one; the others are left out.
 * @param layers from 1
 */
export function pickLayers(checkpoint: Checkpoint, layers: readonly number[]): Checkpoint {
  const { config, heads, weights } = checkpoint;
  const wrong = layers.find((layer) => !Number.isInteger(layer) || layer < 1 || layer > config.layers);
  if (layers.length === 0 || wrong !== undefined)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `A model needs layers from 1 to ${config.layers}, got [${layers.join(', ')}].`,
      { fields: { layers, modelLayers: config.layers } },
    );
  const kept = heads.filter(({ layer }) => layer === config.layers);
  return {
    config: {
      ...config,
      layers: layers.length,
      heads: layers.map((layer) => config.heads[layer - 1]),
      layerWeights: layers.map((_, index) => index + 1),
    },
    heads: kept.map((head): HeadConfig => ({ ...head, layer: layers.length })),
    weights: renamedLayers(
      weights,
      layers.map((layer) => config.layerWeights[layer - 1]),
      kept,
    ),
  };
}

/** @param sets weight set of the source for each new layer */
function renamedLayers(source: WeightSource, sets: readonly number[], heads: readonly HeadConfig[]): WeightSource {
  const original = (name: string): string => {
    const match = /^layers\.(\d+)\.(.*)$/.exec(name);
    return match ? `layers.${sets[Number(match[1]) - 1]}.${match[2]}` : name;
  };
  const names = source.names().flatMap((name) => {
    const match = /^layers\.(\d+)\.(.*)$/.exec(name);
    if (match)
      return sets.flatMap((set, index) => (set === Number(match[1]) ? [`layers.${index + 1}.${match[2]}`] : []));
    const head = /^heads\.([^.]+)\./.exec(name)?.[1];
    return head === undefined || heads.some((kept) => kept.name === head) ? [name] : [];
  });
  return {
    names: () => names,
    shape: (name) => source.shape(original(name)),
    read: (name) => source.read(original(name)),
    location: (name) => source.location?.(original(name)),
  };
}

/** n of L layers, spread evenly from the first to the last: 6 of 12 are 1, 3, 5, 8, 10, 12, as DistilBERT takes them. */
export function spreadLayers(n: number, L: number): number[] {
  if (n === 1) return [1];
  return Array.from({ length: n }, (_, i) => Math.round((i * (L - 1)) / (n - 1)) + 1);
}
