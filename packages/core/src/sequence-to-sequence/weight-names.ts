import type { SequenceToSequenceConfig } from './config.js';

/** The matrix of the vocabulary's logits. Where it is tied it is the word table once more. */
export const VOCABULARY_WEIGHT = 'decoder.vocabulary.weight';

/** The bias of the vocabulary's logits, which a checkpoint may lack: then it is 0. */
export const VOCABULARY_BIAS = 'decoder.vocabulary.bias';

/** The position table of a decoder. */
export const DECODER_POSITIONS = 'decoder.embeddings.position';

/** True where the vocabulary's logits are computed with the word table. */
export function isTied({ tiedVocabulary = true }: Pick<SequenceToSequenceConfig, 'tiedVocabulary'>): boolean {
  return tiedVocabulary;
}

/**
 * Canonical name and shape of every tensor of the decoder besides the encoder's word table `embeddings.word`, which it reads too.
 *
 * | name | shape |
 * | --- | --- |
 * | `decoder.embeddings.position` | [positionOffset + maxLength, H] |
 * | `decoder.embeddings.norm.weight`, `.bias` | [H] |
 * | `decoder.layers.{l}.self.{query,key,value}.weight`, `.bias` | [A·D, H], [A·D] |
 * | `decoder.layers.{l}.self.output.weight`, `.bias` | [H, A·D], [H] |
 * | `decoder.layers.{l}.self.norm.weight`, `.bias` | [H] |
 * | `decoder.layers.{l}.cross.*` | as `self`; queries are the decoder's, keys and values the encoder's states |
 * | `decoder.layers.{l}.up.weight`, `.bias` | [I, H], [I] |
 * | `decoder.layers.{l}.down.weight`, `.bias` | [H, I], [H] |
 * | `decoder.layers.{l}.norm.weight`, `.bias` | [H] |
 * | `decoder.vocabulary.weight`, `.bias` | [V, H], [V]; usually the word table once more, and a bias that may be missing |
 */
export function decoderTensors(config: SequenceToSequenceConfig): [name: string, shape: number[]][] {
  const { hiddenSize: H, vocabSize: V } = config.encoder;
  const { layers, heads, headSize, intermediateSize: I, maxLength, positionOffset } = config.decoder;
  const width = heads * headSize;
  const tensors: [string, number[]][] = [[DECODER_POSITIONS, [positionOffset + maxLength, H]]];
  const linear = (name: string, out: number, into: number): void => {
    tensors.push([`decoder.${name}.weight`, [out, into]], [`decoder.${name}.bias`, [out]]);
  };
  const norm = (name: string): void => {
    tensors.push([`decoder.${name}.weight`, [H]], [`decoder.${name}.bias`, [H]]);
  };
  norm('embeddings.norm');
  for (let layer = 1; layer <= layers; layer++) {
    for (const attention of ['self', 'cross']) {
      const prefix = `layers.${layer}.${attention}`;
      for (const part of ['query', 'key', 'value']) linear(`${prefix}.${part}`, width, H);
      linear(`${prefix}.output`, H, width);
      norm(`${prefix}.norm`);
    }
    linear(`layers.${layer}.up`, I, H);
    linear(`layers.${layer}.down`, H, I);
    norm(`layers.${layer}.norm`);
  }
  linear('vocabulary', V, H);
  return tensors;
}
