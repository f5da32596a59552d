import { HasheeError, isTied, type SequenceToSequenceConfig } from '@hashee/core';
import { writeActivation } from '../families/activation.js';
import type { SavedDtype } from '../save/model-to-save.js';
import { readSequenceToSequenceConfig } from './read-config.js';

/** Fields that describe the model which was loaded and not the one that is saved. */
const STALE = ['_name_or_path', 'hidden_size', 'num_hidden_layers', 'quantization_config', 'torch_dtype'];

const CLASS_NAMES: Readonly<Record<string, string>> = {
  bart: 'BartForConditionalGeneration',
  cpt: 'CPTForConditionalGeneration',
};

/**
 * Content of config.json: the fields of the base model, with what is different now. CPT goes by `"model_type": "bart"`, as its
 * authors save it, and counts the layers above those that the decoder reads, which the folder lacks.
 * @throws HasheeError `INVALID_CONFIG`, `UNSUPPORTED` for what such a file can't say
 */
export function writeSequenceToSequenceConfig(
  base: Readonly<Record<string, unknown>>,
  config: SequenceToSequenceConfig,
  dtype: SavedDtype,
): Record<string, unknown> {
  const { encoder, decoder, modelType } = config;
  const kept = Object.fromEntries(Object.entries(base).filter(([field]) => !STALE.includes(field)));
  const cpt = modelType === 'cpt';
  const written = {
    ...kept,
    model_type: 'bart',
    architectures: [CLASS_NAMES[modelType]],
    is_encoder_decoder: true,
    vocab_size: encoder.vocabSize,
    d_model: encoder.hiddenSize,
    encoder_layers: encoder.layers + (cpt ? decoder.layers : 0),
    encoder_attention_heads: encoder.heads[0],
    encoder_ffn_dim: encoder.intermediateSize,
    decoder_layers: decoder.layers,
    decoder_attention_heads: decoder.heads,
    decoder_ffn_dim: decoder.intermediateSize,
    max_position_embeddings: decoder.maxLength,
    activation_function: writeActivation(decoder.activation),
    scale_embedding: decoder.embeddingScale !== undefined && decoder.embeddingScale !== 1,
    dropout: decoder.dropout.hidden,
    attention_dropout: decoder.dropout.attention,
    activation_dropout: decoder.dropout.activation,
    classifier_dropout: encoder.dropout.classifier,
    tie_word_embeddings: isTied(config),
    pad_token_id: config.padTokenId,
    eos_token_id: config.endTokenIds.length === 1 ? config.endTokenIds[0] : config.endTokenIds,
    decoder_start_token_id: config.decoderStartTokenId,
    dtype: dtype === 'fp16' ? 'float16' : 'float32',
    ...(dtype === 'q8' ? { quantization_config: { format: 'hashee-int8-rows' } } : {}),
  };
  assertSaid(config, readSequenceToSequenceConfig(written, {}, 'The model to save').config);
  return written;
}

/**
 * What the file can't say would be another model after loading; of dropout, which only training reads, it says what it can. How many
 * positions the encoder of a CPT has is read from its weights.
 */
function assertSaid(wanted: SequenceToSequenceConfig, said: SequenceToSequenceConfig): void {
  const flat = (values: object, prefix: string): [string, string][] =>
    Object.entries(values).flatMap(([name, value]): [string, string][] =>
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? flat(value, `${prefix}${name}.`)
        : value === undefined || prefix.endsWith('dropout.')
          ? []
          : [[prefix + name, JSON.stringify(value)]],
    );
  const known = new Map(flat(said, ''));
  for (const [field, value] of flat(wanted, ''))
    if (
      known.get(field) !== value &&
      !(field.endsWith('embeddingScale') && value === '1') &&
      !(wanted.modelType === 'cpt' && field === 'encoder.maxLength' && Number(value) < Number(known.get(field)))
    )
      throw new HasheeError(
        'UNSUPPORTED',
        `A config.json of ${wanted.modelType} can't say that ${field} is ${value}; it would be read as ${known.get(field)}.`,
        { fields: { field, expected: value, actual: known.get(field) } },
      );
}

/** Numbers that transformers takes with a decimal point only, `0.0` and not `0`. */
const FLOATS =
  /^(\s*"(?:\w*dropout|\w*layerdrop|init_std|length_penalty|repetition_penalty|temperature|top_p)": -?\d+)(,?)$/gm;

/** The text of a JSON file for transformers, which tells floats from integers where JSON doesn't. */
export function formatForTransformers(fields: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(fields, null, 2).replace(FLOATS, '$1.0$2')}\n`;
}
