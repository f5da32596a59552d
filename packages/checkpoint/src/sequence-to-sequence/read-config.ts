import {
  type EncoderConfig,
  isTied,
  type SequenceToSequenceConfig,
  validateSequenceToSequenceConfig,
} from '@hashee/core';
import { ConfigFields } from '../config/config-fields.js';
import { readActivation } from '../families/activation.js';

/** torch.nn.LayerNorm's own; BART has no setting for it. */
const BART_EPSILON = 1e-5;
/** Of BERT's config, which CPT's encoder is made from. */
const BERT_EPSILON = 1e-12;
/** BART's position tables have two rows that are never read. */
const POSITION_OFFSET = 2;
/** What fairseq's later models do otherwise. */
const REFUSED: readonly (readonly [field: string, refused: boolean])[] = [
  ['normalize_before', true],
  ['add_final_layer_norm', true],
  ['normalize_embedding', false],
  ['static_position_embeddings', true],
];

/** What config.json of an encoder-decoder says. */
export interface SequenceToSequenceFile {
  readonly config: SequenceToSequenceConfig;
  /** The vocabulary's logits come from the word table, not from a matrix of their own. */
  readonly tied: boolean;
}

/**
 * Understands a config.json of BART, and of CPT, which says `"model_type": "bart"` too and is known by its class name
 * (`CPTForConditionalGeneration`).
 * @param generation fields of generation_config.json, which win over those here
 * @param file named in errors
 * @throws HasheeError `INVALID_CONFIG`, `UNSUPPORTED`
 */
export function readSequenceToSequenceConfig(
  values: Readonly<Record<string, unknown>>,
  generation: Readonly<Record<string, unknown>>,
  file: string,
): SequenceToSequenceFile {
  const fields = new ConfigFields(values, file);
  const type = fields.string('model_type');
  if (type !== 'bart' && type !== 'cpt')
    fields.unsupported(
      `"model_type" is ${JSON.stringify(type)}; the encoder-decoders that can be read are bart and cpt. Encoders are loaded with loadModel.`,
      { field: 'model_type', actual: type, supported: ['bart', 'cpt'] },
    );
  for (const [field, refused] of REFUSED)
    if (fields.get(field) === refused)
      fields.unsupported(`"${field}" is ${refused}; only the layout of BART is supported.`, { field });
  const cpt = isCpt(values);
  const layers = fields.integer('decoder_layers');
  const hiddenSize = fields.integer(['d_model', 'hidden_size']);
  const rows = fields.integer('max_position_embeddings', 1024);
  const heads = readHeads(fields, 'decoder_attention_heads', hiddenSize);
  const settings = new ConfigFields({ ...values, ...present(generation) }, file);
  const endTokenIds = settings.get('eos_token_id') ?? 2;
  const config: SequenceToSequenceConfig = {
    modelType: cpt ? 'cpt' : 'bart',
    encoder: cpt ? readCptEncoder(fields, hiddenSize, rows, layers) : readBartEncoder(fields, hiddenSize, rows),
    decoder: {
      layers,
      heads,
      headSize: hiddenSize / heads,
      intermediateSize: fields.integer('decoder_ffn_dim'),
      maxLength: rows,
      positionOffset: POSITION_OFFSET,
      layerNormEpsilon: BART_EPSILON,
      activation: readActivation(fields, 'activation_function', 'gelu'),
      ...readScale(fields, hiddenSize),
      dropout: {
        hidden: fields.number('dropout', 0.1),
        attention: fields.number('attention_dropout', 0),
        activation: fields.number('activation_dropout', 0),
      },
    },
    sourceSegment: cpt ? 1 : 0,
    decoderStartTokenId: settings.integer(
      cpt ? ['decoder_start_token_id', 'bos_token_id'] : 'decoder_start_token_id',
      2,
    ),
    endTokenIds: (Array.isArray(endTokenIds) ? endTokenIds : [endTokenIds]) as number[],
    padTokenId: settings.integer('pad_token_id', cpt ? 0 : 1),
    ...(fields.get('tie_word_embeddings') === false ? { tiedVocabulary: false } : {}),
  };
  validateSequenceToSequenceConfig(config);
  return { config, tied: isTied(config) };
}

/** CPT says `"model_type": "bart"` too. */
export function isCpt({ model_type: type, architectures }: Readonly<Record<string, unknown>>): boolean {
  return (
    type === 'cpt' || (Array.isArray(architectures) && architectures.some((name) => String(name).startsWith('CPT')))
  );
}

function present(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

function readHeads(fields: ConfigFields, name: string, hiddenSize: number): number {
  const heads = fields.integer(name);
  return heads >= 1 && hiddenSize % heads === 0
    ? heads
    : fields.refuse(name, `a divisor of the hidden size ${hiddenSize}`, heads);
}

function readScale(fields: ConfigFields, hiddenSize: number): { readonly embeddingScale?: number } {
  return fields.get('scale_embedding') === true ? { embeddingScale: Math.sqrt(hiddenSize) } : {};
}

type SharedFields = Omit<
  EncoderConfig,
  'maxLength' | 'positionOffset' | 'typeVocabSize' | 'layerNormEpsilon' | 'activation'
>;

function readShared(fields: ConfigFields, hiddenSize: number, unread: number): SharedFields {
  const all = fields.integer('encoder_layers');
  if (all <= unread) fields.refuse('encoder_layers', `above ${unread}, the layers that the decoder doesn't read`, all);
  const layers = Math.min(all - unread, 256);
  const heads = readHeads(fields, 'encoder_attention_heads', hiddenSize);
  return {
    modelType: 'bart',
    vocabSize: fields.integer('vocab_size'),
    hiddenSize,
    embeddingSize: hiddenSize,
    intermediateSize: fields.integer('encoder_ffn_dim'),
    layers,
    heads: new Array<number>(layers).fill(heads),
    headSize: hiddenSize / heads,
    layerWeights: Array.from({ length: layers }, (_, index) => index + 1),
    dropout: {
      hidden: fields.number('dropout', 0.1),
      attention: fields.number('attention_dropout', 0),
      classifier: fields.number('classifier_dropout', 0),
    },
    padTokenId: fields.integer('pad_token_id', 1),
  };
}

function readBartEncoder(fields: ConfigFields, hiddenSize: number, rows: number): EncoderConfig {
  const shared = readShared(fields, hiddenSize, 0);
  const activation = fields.number('activation_dropout', 0);
  return {
    ...shared,
    ...(activation === 0 ? {} : { dropout: { ...shared.dropout, activation } }),
    maxLength: rows,
    positionOffset: POSITION_OFFSET,
    typeVocabSize: 0,
    layerNormEpsilon: BART_EPSILON,
    activation: readActivation(fields, 'activation_function', 'gelu'),
    ...readScale(fields, hiddenSize),
  };
}

/** A BERT whose last layers are for understanding tasks: the decoder reads the states below them, so they aren't loaded. */
function readCptEncoder(fields: ConfigFields, hiddenSize: number, rows: number, unread: number): EncoderConfig {
  const shared = readShared(fields, hiddenSize, unread);
  return {
    ...shared,
    modelType: 'bert',
    maxLength: rows,
    positionOffset: 0,
    typeVocabSize: 2,
    layerNormEpsilon: BERT_EPSILON,
    activation: 'gelu',
    dropout: { ...shared.dropout, hidden: fields.number('activation_dropout', 0) },
    padTokenId: fields.integer('pad_token_id', 0),
  };
}
