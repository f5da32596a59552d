import { type EncoderConfig, HasheeError, type HeadConfig, headMacs } from '@hashee/core';

/** A sequence as ELUE counts it. */
export interface ElueSequence {
  /** True length in tokens, special tokens included. */
  readonly length: number;
  /** Layers executed; a part of a layer where the mean over the tokens is meant. */
  readonly layers: number;
  /** Times a head answered. @default 1 */
  readonly heads?: number | undefined;
}

/**
 * Multiply-accumulates of layer l as the counter of the ELUE benchmark has them (Liu et al., NAACL 2022): `12nH² + 2n²H` and,
 * for scaling, softmax and LayerNorm, `2·A·n² + 4nH`; with the true widths where heads were pruned.
 * Worked example: H = 768, n = 128 give 931,921,920.
 */
export function elueLayerMacs(config: EncoderConfig, layer: number, length: number): number {
  const { hiddenSize: H, intermediateSize: I, headSize: D } = config;
  const A = config.heads[layer - 1];
  const n = length;
  return 3 * n * H * A * D + A * (2 * n * n + 2 * n * n * D) + n * A * D * H + 2 * n * H * I + 4 * n * H;
}

/**
 * Multiply-accumulates of a sequence by ELUE's counter: the layers executed, the embedding's LayerNorm and the heads.
 * What frozen tokens cost is not counted; a token-level method enters with its mean exit layer.
 * Worked example: BERT-base, 128 tokens, 12 layers and two classes give 11,183,851,008.
 * @throws HasheeError `INVALID_ARGUMENT` where layers are below 0 or above L
 */
export function elueMacs(config: EncoderConfig, head: HeadConfig, sequence: ElueSequence): number {
  const { length, layers, heads = 1 } = sequence;
  if (!(layers >= 0 && layers <= config.layers))
    throw new HasheeError('INVALID_ARGUMENT', `Executed layers must be from 0 to ${config.layers}, got ${layers}.`, {
      fields: { layers, expected: config.layers },
    });
  let macs = 2 * length * config.hiddenSize + heads * headMacs(config, head, 1);
  for (let layer = 1; layer < layers + 1; layer++)
    macs += elueLayerMacs(config, layer, length) * Math.min(1, layers - layer + 1);
  return macs;
}

/**
 * FLOPs of ELUE's points: twice the multiply-accumulates, as the mean over the sequences of a test set.
 * @throws HasheeError `INVALID_ARGUMENT` without sequences
 */
export function elueFlops(config: EncoderConfig, head: HeadConfig, sequences: readonly ElueSequence[]): number {
  if (sequences.length === 0)
    throw new HasheeError('INVALID_ARGUMENT', 'The mean FLOPs of no sequences are not defined.');
  return (2 * sequences.reduce((sum, each) => sum + elueMacs(config, head, each), 0)) / sequences.length;
}
