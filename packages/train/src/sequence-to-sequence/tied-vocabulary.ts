import { isTied, type SequenceToSequenceConfig, VOCABULARY_WEIGHT, type WeightSource, WORD_TABLE } from '@hashee/core';
import type { Tensors } from '../run-directory.js';

/** The weights without the vocabulary's matrix where that is the word table: it is the largest tensor, and kept once. */
export function withoutTied(weights: WeightSource, config: SequenceToSequenceConfig): WeightSource {
  if (!isTied(config)) return weights;
  return {
    names: () => weights.names().filter((name) => name !== VOCABULARY_WEIGHT),
    shape: (name) => weights.shape(name),
    read: (name) => weights.read(name),
  };
}

/** The same tensors with it again. */
export function withTied(tensors: Tensors, config: SequenceToSequenceConfig): Tensors {
  const words = tensors.get(WORD_TABLE);
  return isTied(config) && words ? new Map([...tensors, [VOCABULARY_WEIGHT, words]]) : tensors;
}
