import { type Activation, type EncoderConfig, validateEncoderConfig } from '../config.js';
import { HasheeError } from '../errors.js';

/**
 * A post-LayerNorm decoder as BART has it: self-attention over what was generated, attention over the encoder's states,
 * feed-forward. Its hidden size and vocabulary are the encoder's, and so is its word table.
 */
export interface DecoderConfig {
  /** Layers count from 1. */
  readonly layers: number;
  /** A of each layer's two attentions, the same in all layers. */
  readonly heads: number;
  /** D */
  readonly headSize: number;
  /** I */
  readonly intermediateSize: number;
  /** Longest output in tokens, the start token included. */
  readonly maxLength: number;
  /** Row of the position table that the first token reads (BART: 2). */
  readonly positionOffset: number;
  readonly layerNormEpsilon: number;
  readonly activation: Activation;
  /** What rows of the word table are multiplied by before they enter the decoder. @default 1 */
  readonly embeddingScale?: number | undefined;
  /** Dropout probabilities, used in training only; `activation` is inside the feed-forward blocks. */
  readonly dropout: { readonly hidden: number; readonly attention: number; readonly activation: number };
}

/** An encoder whose states a decoder reads. Exit tables are for the encoder's layers. */
export interface SequenceToSequenceConfig {
  /** `bart`, `cpt` */
  readonly modelType: string;
  /** As deep as the decoder reads: of CPT the shared layers only. */
  readonly encoder: EncoderConfig;
  readonly decoder: DecoderConfig;
  /** Segment of every source token: 1 for CPT, which was trained so. */
  readonly sourceSegment: number;
  /** What the decoder is given first. */
  readonly decoderStartTokenId: number;
  /** Any of them ends an output. */
  readonly endTokenIds: readonly number[];
  readonly padTokenId: number;
  /** The vocabulary's logits are computed with the word table, not with a matrix of their own. @default true */
  readonly tiedVocabulary?: boolean | undefined;
}

const LIMITS = { layers: 255, heads: 4096, headSize: 65_536, intermediateSize: 1 << 20, maxLength: 1 << 20 } as const;

function refuse(field: string, expected: string, actual: unknown): never {
  throw new HasheeError(
    'INVALID_CONFIG',
    `Encoder-decoder config: ${field} must be ${expected}, got ${JSON.stringify(actual)}.`,
    { fields: { field, expected, actual } },
  );
}

function checkInteger(field: string, value: unknown, low: number, high: number): void {
  if (!Number.isInteger(value) || (value as number) < low || (value as number) > high)
    refuse(field, `an integer from ${low} to ${high}`, value);
}

/**
 * Checks every size before anything is allocated from it.
 * @throws HasheeError `INVALID_CONFIG` with the field, what was expected and what came
 */
export function validateSequenceToSequenceConfig(config: SequenceToSequenceConfig): void {
  const { encoder, decoder } = config;
  validateEncoderConfig(encoder);
  for (const [field, high] of Object.entries(LIMITS))
    checkInteger(`decoder.${field}`, decoder[field as keyof typeof LIMITS], 1, high);
  checkInteger('decoder.positionOffset', decoder.positionOffset, 0, decoder.maxLength);
  if (!(decoder.layerNormEpsilon > 0 && decoder.layerNormEpsilon < 1))
    refuse('decoder.layerNormEpsilon', 'between 0 and 1', decoder.layerNormEpsilon);
  if (!['gelu', 'gelu_tanh', 'relu'].includes(decoder.activation))
    refuse('decoder.activation', 'gelu, gelu_tanh or relu', decoder.activation);
  const { embeddingScale: scale = 1 } = decoder;
  if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) refuse('decoder.embeddingScale', 'a positive number', scale);
  for (const [name, p] of Object.entries(decoder.dropout))
    if (!(p >= 0 && p < 1)) refuse(`decoder.dropout.${name}`, 'from 0 to below 1', p);
  if (encoder.embeddingSize !== encoder.hiddenSize)
    refuse('encoder.embeddingSize', `the hidden size ${encoder.hiddenSize}`, encoder.embeddingSize);
  checkInteger('sourceSegment', config.sourceSegment, 0, Math.max(0, encoder.typeVocabSize - 1));
  const last = encoder.vocabSize - 1;
  checkInteger('decoderStartTokenId', config.decoderStartTokenId, 0, last);
  checkInteger('padTokenId', config.padTokenId, 0, last);
  for (const id of config.endTokenIds) checkInteger('endTokenIds', id, 0, last);
}
