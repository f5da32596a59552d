import type { SequenceToSequenceConfig, WeightSource } from '@hashee/core';
import type { Tensors } from '../run-directory.js';

const VOCABULARY = 'decoder.vocabulary.weight';
const WORDS = 'embeddings.word';

/** The weights without the vocabulary's matrix where that is the word table: it is the largest tensor, and kept once. */
export function withoutTied(weights: WeightSource, { tiedVocabulary = true }: SequenceToSequenceConfig): WeightSource {
  if (!tiedVocabulary) return weights;
  return {
    names: () => weights.names().filter((name) => name !== VOCABULARY),
    shape: (name) => weights.shape(name),
    read: (name) => weights.read(name),
  };
}

/** The same tensors with it again. */
export function withTied(tensors: Tensors, { tiedVocabulary = true }: SequenceToSequenceConfig): Tensors {
  const words = tensors.get(WORDS);
  return tiedVocabulary && words ? new Map([...tensors, [VOCABULARY, words]]) : tensors;
}
