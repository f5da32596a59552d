import type { Checkpoint, HeadConfig } from '@hashee/core';
import { overlayWeights } from './overlay-weights.js';

/** Name of the head that gives a layer's states of all tokens. */
export function stateHeadName(layer: number): string {
  return `state${layer}`;
}

/**
 * Heads that pass on what a layer says of every token, so that a loss can compare it with a teacher's states; one linear map
 * of H to H for all of them.
 * @param layers ascending, from 1
 */
export function stateHeads(layers: readonly number[], hiddenSize: number): HeadConfig[] {
  const labels = Array.from({ length: hiddenSize }, (_, index) => String(index));
  return layers.map((layer, index) => ({
    name: stateHeadName(layer),
    task: 'token-classification',
    labels,
    layer,
    dense: 'none',
    dropout: 0,
    ...(index === 0 ? {} : { shares: { classifier: stateHeadName(layers[0]) } }),
  }));
}

/** The model with that map as the identity: student and teacher are equally wide and begin alike. */
export function withIdentityMap(model: Checkpoint, [first]: readonly HeadConfig[]): Checkpoint {
  const H = model.config.hiddenSize;
  const identity = (): Float32Array => {
    const values = new Float32Array(H * H);
    for (let i = 0; i < H; i++) values[i * H + i] = 1;
    return values;
  };
  const name = `heads.${first.name}.classifier`;
  return {
    ...model,
    weights: overlayWeights(
      model.weights,
      new Map([
        [`${name}.weight`, { shape: [H, H], read: async () => identity() }],
        [`${name}.bias`, { shape: [H], read: async () => new Float32Array(H) }],
      ]),
    ),
  };
}

/** The model without such heads. */
export function withoutStateHeads(model: Checkpoint): Checkpoint {
  const isState = (name: string): boolean => /^state\d+$/.test(name);
  return {
    ...model,
    heads: model.heads.filter(({ name }) => !isState(name)),
    weights: overlayWeights(
      model.weights,
      new Map(),
      (name) => name.startsWith('heads.') && isState(name.split('.')[1]),
    ),
  };
}
