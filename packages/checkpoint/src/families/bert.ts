import { type EncoderConfig, HasheeError } from '@hashee/core';
import type { ConfigFields } from '../config/config-fields.js';
import { readActivation, writeActivation } from './activation.js';
import { readAttentionHeads, writeAttentionHeads } from './attention-heads.js';
import type { Family, LayerPart } from './family.js';

export const BERT_LAYER_PARTS: Readonly<Record<LayerPart, string>> = {
  query: 'attention.self.query',
  key: 'attention.self.key',
  value: 'attention.self.value',
  output: 'attention.output.dense',
  attentionNorm: 'attention.output.LayerNorm',
  up: 'intermediate.dense',
  down: 'output.dense',
  norm: 'output.LayerNorm',
};

/** Reads the fields that BERT shares with RoBERTa, ELECTRA, ALBERT and ElasticBERT. */
export function readBertFields(fields: ConfigFields): EncoderConfig {
  const position = fields.string('position_embedding_type', 'absolute');
  if (position !== 'absolute')
    fields.unsupported(
      `"position_embedding_type" is "${position}". Relative positions aren't supported: a token's attention would depend on more than its state. Only "absolute" is.`,
      { field: 'position_embedding_type', actual: position },
    );
  for (const field of ['is_decoder', 'add_cross_attention'])
    if (fields.get(field) === true) fields.unsupported(`"${field}" is set, only encoders are supported.`, { field });
  const hiddenSize = fields.integer('hidden_size');
  const layers = fields.integer('num_hidden_layers');
  const hidden = fields.number('hidden_dropout_prob', 0.1);
  return {
    modelType: fields.string('model_type'),
    vocabSize: fields.integer('vocab_size'),
    hiddenSize,
    embeddingSize: hiddenSize,
    intermediateSize: fields.integer('intermediate_size'),
    layers,
    ...readAttentionHeads(fields, 'num_attention_heads', hiddenSize, layers),
    maxLength: fields.integer('max_position_embeddings'),
    positionOffset: 0,
    typeVocabSize: fields.integer('type_vocab_size', 2),
    layerNormEpsilon: fields.number('layer_norm_eps', 1e-12),
    activation: readActivation(fields, 'hidden_act', 'gelu'),
    layerWeights: Array.from({ length: Math.min(layers, 256) }, (_, index) => index + 1),
    dropout: {
      hidden,
      attention: fields.number('attention_probs_dropout_prob', 0.1),
      classifier: fields.number('classifier_dropout', hidden),
    },
    padTokenId: fields.integer('pad_token_id', 0),
  };
}

/** The counterpart of `readBertFields`. */
export function writeBertFields(config: EncoderConfig): Record<string, unknown> {
  const { headCount, prunedHeads } = writeAttentionHeads(config);
  const { hidden, attention, classifier } = config.dropout;
  return {
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: headCount,
    ...(Object.keys(prunedHeads).length > 0 ? { pruned_heads: prunedHeads } : {}),
    max_position_embeddings: config.positionOffset + config.maxLength,
    type_vocab_size: config.typeVocabSize,
    layer_norm_eps: config.layerNormEpsilon,
    hidden_act: writeActivation(config.activation),
    hidden_dropout_prob: hidden,
    attention_probs_dropout_prob: attention,
    classifier_dropout: classifier === hidden ? null : classifier,
    pad_token_id: config.padTokenId,
  };
}

/** @throws HasheeError `UNSUPPORTED` when layers share weights or embeddings are factorised and the family knows neither */
export function assertPlain(config: EncoderConfig, allowed: { readonly factorised?: boolean } = {}): void {
  if (config.layerWeights.some((set, index) => set !== index + 1))
    throw new HasheeError('UNSUPPORTED', `A ${config.modelType} checkpoint can't share weights between layers.`, {
      fields: { modelType: config.modelType, layerWeights: config.layerWeights },
    });
  if (!allowed.factorised && config.embeddingSize !== config.hiddenSize)
    throw new HasheeError(
      'UNSUPPORTED',
      `A ${config.modelType} checkpoint has embeddings as wide as its states (${config.hiddenSize}), got ${config.embeddingSize}.`,
      { fields: { embeddingSize: config.embeddingSize, hiddenSize: config.hiddenSize } },
    );
}

/** BERT, and what has its shape: MiniLM, TinyBERT, sentence encoders. */
export const bert: Family = {
  classNames: { bert: 'Bert' },
  prefix: 'bert',
  layerModule: (set) => `encoder.layer.${set - 1}`,
  layerParts: BERT_LAYER_PARTS,
  poolerModule: () => 'pooler.dense',
  sequenceHead: { dense: 'tanh', denseModule: 'pooler', classifierModule: 'classifier' },
  readConfig: readBertFields,
  writeConfig(config) {
    assertPlain(config);
    return writeBertFields(config);
  },
};
