import { isSequenceToSequence, type Model, newSequenceToSequence, type SequenceToSequence } from '@hashee/checkpoint';
import { HasheeError, type WeightSource } from '@hashee/core';

/** An encoder-decoder that may not be in a folder yet; its tokenizer is. */
export interface BaseModel extends Omit<SequenceToSequence, 'weights'> {
  readonly weights: WeightSource;
}

/**
 * What training starts from: an encoder-decoder as it is, or an encoder, with its exit table, and a new decoder whose layers begin as
 * copies of its own.
 * @throws HasheeError `INVALID_ARGUMENT`, `UNSUPPORTED`
 */
export async function baseModel(
  model: Model | SequenceToSequence,
  {
    decoderLayers,
    copying,
    seed,
  }: {
    readonly decoderLayers?: number | undefined;
    readonly copying?: number | undefined;
    readonly seed: number;
  },
): Promise<BaseModel> {
  if (isSequenceToSequence(model)) {
    for (const [option, value] of Object.entries({ '--decoder-layers': decoderLayers, '--copying': copying }))
      if (value !== undefined)
        throw new HasheeError(
          'INVALID_ARGUMENT',
          `${option} is for encoders, which get a decoder; this model has one.`,
        );
    return model;
  }
  const { config, tokenizer } = model;
  const { inputIds } = tokenizer.encode('a');
  const [first, last] = [inputIds[0], inputIds[inputIds.length - 1]];
  if (!tokenizer.specialIds.has(first) || !tokenizer.specialIds.has(last))
    throw new HasheeError(
      'UNSUPPORTED',
      'The tokenizer puts no special tokens around a text, so there is nothing that could begin and end an output.',
    );
  const checkpoint = await newSequenceToSequence({
    encoder: model,
    decoder: {
      layers: decoderLayers ?? Math.max(1, Math.floor(config.layers / 2)),
      from: 'encoder',
      crossAttention: 'aligned',
    },
    decoderStartTokenId: first,
    endTokenIds: [last],
    padTokenId: config.padTokenId,
    seed,
  });
  return {
    ...checkpoint,
    ...(model.exitTable ? { exitTable: model.exitTable } : {}),
    tokenizer,
    directory: model.directory,
    huggingFaceConfig: {},
    generationConfig: { num_beams: 4, no_repeat_ngram_size: 3, early_stopping: true, forced_eos_token_id: last },
  };
}
