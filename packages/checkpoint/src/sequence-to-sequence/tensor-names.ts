import {
  DECODER_POSITIONS,
  decoderTensors,
  encoderTensors,
  HasheeError,
  VOCABULARY_BIAS,
  VOCABULARY_WEIGHT,
  WORD_TABLE,
} from '@hashee/core';
import { bert } from '../families/bert.js';
import type { LayerPart } from '../families/family.js';
import { encoderName } from '../model/tensor-names.js';
import type { SafetensorsWeights } from '../safetensors/weights.js';
import type { SequenceToSequenceFile } from './read-config.js';

const ENCODER_PARTS: Readonly<Record<LayerPart, string>> = {
  query: 'self_attn.q_proj',
  key: 'self_attn.k_proj',
  value: 'self_attn.v_proj',
  output: 'self_attn.out_proj',
  attentionNorm: 'self_attn_layer_norm',
  up: 'fc1',
  down: 'fc2',
  norm: 'final_layer_norm',
};

const ATTENTION_PARTS: Readonly<Record<string, string>> = {
  query: '_attn.q_proj',
  key: '_attn.k_proj',
  value: '_attn.v_proj',
  output: '_attn.out_proj',
  norm: '_attn_layer_norm',
};

/** The name that transformers gives a tensor of an encoder-decoder with a vocabulary. */
export function storedName(canonical: string, modelType: string): string {
  if (canonical === WORD_TABLE) return 'model.shared.weight';
  if (canonical === VOCABULARY_WEIGHT) return 'lm_head.weight';
  if (canonical === VOCABULARY_BIAS) return 'final_logits_bias';
  if (canonical.startsWith('decoder.')) return `model.${decoderName(canonical)}`;
  return `model.${modelType === 'cpt' ? `encoder.${encoderName(canonical, bert)}` : bartEncoderName(canonical)}`;
}

/** Where a tensor lies in a file, and the shape that the model sees. */
export interface StoredName {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * Finds every tensor of an encoder-decoder, whether its names begin with `model.` or not and whichever copy of the word table was
 * kept, and compares all shapes.
 * @param path named in errors
 * @returns by canonical name; without the vocabulary's bias where the file has none
 * @throws HasheeError `INVALID_CHECKPOINT` with the tensor that is missing or has another shape
 */
export function locateSequenceToSequence(
  files: SafetensorsWeights,
  { config, tied }: SequenceToSequenceFile,
  path: string,
): Map<string, StoredName> {
  const prefix = files.has('model.decoder.embed_positions.weight') ? 'model.' : '';
  const words = [
    `${prefix}shared.weight`,
    `${prefix}encoder.embed_tokens.weight`,
    `${prefix}encoder.embeddings.word_embeddings.weight`,
    `${prefix}decoder.embed_tokens.weight`,
  ];
  const spellings = (canonical: string): string[] => {
    if (canonical === WORD_TABLE) return words;
    if (canonical === VOCABULARY_WEIGHT) return tied ? [...words, 'lm_head.weight'] : ['lm_head.weight'];
    if (canonical === VOCABULARY_BIAS) return ['final_logits_bias'];
    if (canonical.startsWith('decoder.')) return [prefix + decoderName(canonical)];
    if (config.modelType === 'cpt') return [`${prefix}encoder.${encoderName(canonical, bert)}`];
    return [prefix + bartEncoderName(canonical)];
  };
  const located = new Map<string, StoredName>();
  for (const [canonical, shape] of [...encoderTensors(config.encoder), ...decoderTensors(config)]) {
    const candidates = spellings(canonical);
    const name = candidates.find((candidate) => files.has(candidate));
    if (name === undefined) {
      if (canonical === VOCABULARY_BIAS) continue;
      throw new HasheeError(
        'INVALID_CHECKPOINT',
        `${path} has no tensor "${candidates[0]}" of shape [${shape.join(', ')}], which config.json promises.`,
        { fields: { path, name: candidates[0], canonical, shape } },
      );
    }
    const expected = canonical === VOCABULARY_BIAS ? [1, ...shape] : shape;
    const actual = files.shape(name);
    if (actual.length !== expected.length || actual.some((size, axis) => size !== expected[axis]))
      throw new HasheeError(
        'INVALID_CHECKPOINT',
        `${path}: tensor "${name}" has the shape [${actual.join(', ')}], expected [${expected.join(', ')}] by config.json.`,
        { fields: { path, name, canonical, expected, actual } },
      );
    located.set(canonical, { name, shape });
  }
  return located;
}

/**
 * The file as its weights are: CPT's encoder has as many positions as its BERT had when it was made, which config.json of the first
 * version doesn't say; `max_position_embeddings` is the decoder's there.
 */
export function withStoredPositions(file: SequenceToSequenceFile, files: SafetensorsWeights): SequenceToSequenceFile {
  const { encoder } = file.config;
  if (file.config.modelType !== 'cpt') return file;
  const name = ['model.', '']
    .map((prefix) => `${prefix}encoder.${encoderName('embeddings.position', bert)}`)
    .find((each) => files.has(each));
  const shape = name === undefined ? [] : files.shape(name);
  if (shape.length !== 2 || shape[0] >= encoder.maxLength || shape[0] < 1) return file;
  return { ...file, config: { ...file.config, encoder: { ...encoder, maxLength: shape[0] } } };
}

function bartEncoderName(canonical: string): string {
  if (canonical === 'embeddings.position') return 'encoder.embed_positions.weight';
  const parts = canonical.split('.');
  const suffix = parts[parts.length - 1];
  if (parts[0] === 'embeddings') return `encoder.layernorm_embedding.${suffix}`;
  return `encoder.layers.${Number(parts[1]) - 1}.${ENCODER_PARTS[parts[2] as LayerPart]}.${suffix}`;
}

function decoderName(canonical: string): string {
  if (canonical === DECODER_POSITIONS) return 'decoder.embed_positions.weight';
  const [, module, layer, part, inner, suffix] = canonical.split('.');
  if (module === 'embeddings') return `decoder.layernorm_embedding.${part}`;
  const prefix = `decoder.layers.${Number(layer) - 1}`;
  if (part === 'self' || part === 'cross')
    return `${prefix}.${part === 'self' ? 'self' : 'encoder'}${ATTENTION_PARTS[inner]}.${suffix}`;
  return `${prefix}.${ENCODER_PARTS[part as LayerPart]}.${inner}`;
}
