import {
  decoderTensors,
  encoderTensors,
  isTied,
  type SequenceToSequenceCheckpoint,
  type SequenceToSequenceTrainingSpec,
  VOCABULARY_BIAS,
  VOCABULARY_WEIGHT,
  type WeightSource,
  WORD_TABLE,
} from '@hashee/core';
import { assertTensors, optimizerSettings, trainableSelector } from '@hashee/core/backend';
import { ParameterStore } from '../../training/parameter-store.js';

/** The tensors of an encoder-decoder in training. */
export interface TrainedTensors {
  readonly store: ParameterStore;
  /** Name of the vocabulary's matrix in the store: the word table where it is tied. */
  readonly vocabulary: string;
  readonly hasBias: boolean;
}

/**
 * Reads the tensors that train and those that don't. The bias of the vocabulary, which a checkpoint may lack and transformers never
 * trains, does only where `trainable` asks for it.
 * @throws HasheeError `INVALID_CHECKPOINT`, `INVALID_ARGUMENT`
 */
export async function trainedTensors(
  { config, weights }: SequenceToSequenceCheckpoint,
  spec: SequenceToSequenceTrainingSpec,
): Promise<TrainedTensors> {
  const present = new Set(weights.names());
  const hasBias = present.has(VOCABULARY_BIAS);
  const tied = isTied(config);
  const tensors = [...encoderTensors(config.encoder), ...decoderTensors(config)].filter(
    ([name]) => (name !== VOCABULARY_BIAS || hasBias) && (name !== VOCABULARY_WEIGHT || !tied),
  );
  assertTensors(tensors, weights);
  const values = new Map<string, Float32Array>();
  for (const [name] of tensors) values.set(name, await weights.read(name));
  const { trainable } = spec;
  const chosen = trainableSelector(
    trainable,
    tensors.map(([name]) => name),
  );
  const trains = trainable === undefined ? (name: string): boolean => name !== VOCABULARY_BIAS : chosen;
  const settings = optimizerSettings(spec.optimizer);
  const store = ParameterStore.of(new Map(tensors), values, trains, settings, tied ? 'dense' : 'sparse');
  return { store, vocabulary: tied ? WORD_TABLE : VOCABULARY_WEIGHT, hasBias };
}

/** The present weights with the vocabulary under its own name, whether it is tied or not. */
export function allWeights({ store, vocabulary }: TrainedTensors): WeightSource {
  if (vocabulary === VOCABULARY_WEIGHT) return store;
  const stored = (name: string): string => (name === VOCABULARY_WEIGHT ? vocabulary : name);
  return {
    names: () => [...store.names(), VOCABULARY_WEIGHT],
    shape: (name) => store.shape(stored(name)),
    read: (name) => store.read(stored(name)),
  };
}
