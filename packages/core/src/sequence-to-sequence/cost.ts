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
 * source `2H² + 2nH` and feed-forward `8H²`.
 */
export function decoderTokenMacs(
  { encoder, decoder }: SequenceToSequenceConfig,
  position: number,
  sourceLength: number,
): number {
  const H = encoder.hiddenSize;
  const width = decoder.heads * decoder.headSize;
  const self = 4 * H * width + 2 * position * width;
  const cross = 2 * H * width + 2 * sourceLength * width;
  return decoder.layers * (self + cross + 2 * H * decoder.intermediateSize);
}

/** Multiply-accumulates of the logits of one position: `H·V`. */
export function vocabularyMacs({ encoder }: SequenceToSequenceConfig): number {
  return encoder.hiddenSize * encoder.vocabSize;
}
