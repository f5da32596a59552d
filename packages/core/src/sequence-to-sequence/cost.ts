import type { SequenceToSequenceConfig } from './config.js';

/**
 * Multiply-accumulates that bring one source of n tokens to the decoder: keys and values of its states in every decoder layer,
 * `layers · 2·n·H·A·D`, once for each source.
 */
export function crossProjectionMacs({ encoder, decoder }: SequenceToSequenceConfig, sourceLength: number): number {
  return decoder.layers * 2 * sourceLength * encoder.hiddenSize * decoder.heads * decoder.headSize;
}

/**
 * Multiply-accumulates of one decoder token at position m (from 1: the tokens it attends to, itself included) over a source of
 * n tokens, the vocabulary left out. With A·D = H and I = 4H each layer costs self-attention `4H² + 2mH`, attention over the
 * source `2H² + 2nH` and feed-forward `8H²`. A token that exits at layer k costs that in layers 1..k, and in the layers above only
 * its key and value, `2H²`.
 * @param exitLayer k, from 1. @default L
 */
export function decoderTokenMacs(
  { encoder, decoder }: SequenceToSequenceConfig,
  position: number,
  sourceLength: number,
  exitLayer: number = decoder.layers,
): number {
  const H = encoder.hiddenSize;
  const width = decoder.heads * decoder.headSize;
  const self = 4 * H * width + 2 * position * width;
  const cross = 2 * H * width + 2 * sourceLength * width;
  const active = self + cross + 2 * H * decoder.intermediateSize;
  return exitLayer * active + (decoder.layers - exitLayer) * 2 * H * width;
}

/** Multiply-accumulates of the logits of one position: `H·V`. */
export function vocabularyMacs({ encoder }: SequenceToSequenceConfig): number {
  return encoder.hiddenSize * encoder.vocabSize;
}
