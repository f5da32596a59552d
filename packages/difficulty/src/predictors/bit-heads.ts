import type { EncoderConfig, HeadConfig } from '@hashee/core';

/** Name of the head that predicts the bit of a layer. */
export function bitName(layer: number): string {
  return `bit${layer}`;
}

/**
 * Heads that predict bits. A bit is a class of two, so that the usual loss trains it: the difference of its two logits is the
 * logit of a sigmoid, and cross-entropy over the two is the binary cross-entropy of that.
 * - `one`: one head with L outputs above the last layer, all from the same pooled vector (the token's state as it is).
 * - `per-layer`: the bit of layer l from the first token's (the token's) state after layer l, linearly.
 * @param layers number of bits; for `per-layer` the encoder's layers
 */
export function bitHeads(
  { layers: L, dropout }: EncoderConfig,
  kind: 'one' | 'per-layer',
  level: 'sentence' | 'token',
  layers: number,
): HeadConfig[] {
  return Array.from({ length: layers }, (_, index): HeadConfig => {
    const head = {
      name: bitName(index + 1),
      task: level === 'token' ? ('token-classification' as const) : ('sequence-classification' as const),
      labels: ['wrong', 'right'],
    };
    if (kind === 'per-layer') return { ...head, layer: index + 1, dense: 'none', dropout: 0 };
    const pooled = level === 'sentence';
    return {
      ...head,
      layer: L,
      dense: pooled ? 'tanh' : 'none',
      dropout: dropout.classifier,
      ...(pooled && index > 0 ? { shares: { dense: bitName(1) } } : {}),
    };
  });
}
