import { HasheeError } from '@hashee/core';
import { readActivation, writeActivation } from './activation.js';
import { readAttentionHeads, writeAttentionHeads } from './attention-heads.js';
import { assertPlain } from './bert.js';
import type { Family } from './family.js';

/** DistilBERT has no setting for it. */
const EPSILON = 1e-12;

/** DistilBERT: names of its own, no segments, no pooler. */
export const distilbert: Family = {
  classNames: { distilbert: 'DistilBert' },
  prefix: 'distilbert',
  layerModule: (set) => `transformer.layer.${set - 1}`,
  layerParts: {
    query: 'attention.q_lin',
    key: 'attention.k_lin',
    value: 'attention.v_lin',
    output: 'attention.out_lin',
    attentionNorm: 'sa_layer_norm',
    up: 'ffn.lin1',
    down: 'ffn.lin2',
    norm: 'output_layer_norm',
  },
  sequenceHead: { dense: 'relu', denseModule: 'pre_classifier', classifierModule: 'classifier' },
  readConfig(fields) {
    const hiddenSize = fields.integer(['dim', 'hidden_size']);
    const layers = fields.integer(['n_layers', 'num_hidden_layers']);
    return {
      modelType: 'distilbert',
      vocabSize: fields.integer('vocab_size'),
      hiddenSize,
      embeddingSize: hiddenSize,
      intermediateSize: fields.integer('hidden_dim'),
      layers,
      ...readAttentionHeads(fields, ['n_heads', 'num_attention_heads'], hiddenSize, layers),
      maxLength: fields.integer('max_position_embeddings'),
      positionOffset: 0,
      typeVocabSize: 0,
      layerNormEpsilon: EPSILON,
      activation: readActivation(fields, 'activation', 'gelu'),
      layerWeights: Array.from({ length: Math.min(layers, 256) }, (_, index) => index + 1),
      dropout: {
        hidden: fields.number('dropout', 0.1),
        attention: fields.number('attention_dropout', 0.1),
        classifier: fields.number('seq_classif_dropout', 0.2),
      },
      padTokenId: fields.integer('pad_token_id', 0),
    };
  },
  writeConfig(config) {
    assertPlain(config);
    const expressible = { typeVocabSize: 0, positionOffset: 0, layerNormEpsilon: EPSILON } as const;
    for (const field of ['typeVocabSize', 'positionOffset', 'layerNormEpsilon'] as const)
      if (config[field] !== expressible[field])
        throw new HasheeError(
          'UNSUPPORTED',
          `A distilbert checkpoint has ${field} ${expressible[field]}, got ${config[field]}.`,
          { fields: { field, expected: expressible[field], actual: config[field] } },
        );
    const { headCount, prunedHeads } = writeAttentionHeads(config);
    return {
      vocab_size: config.vocabSize,
      dim: config.hiddenSize,
      hidden_dim: config.intermediateSize,
      n_layers: config.layers,
      n_heads: headCount,
      ...(Object.keys(prunedHeads).length > 0 ? { pruned_heads: prunedHeads } : {}),
      max_position_embeddings: config.maxLength,
      activation: writeActivation(config.activation),
      dropout: config.dropout.hidden,
      attention_dropout: config.dropout.attention,
      seq_classif_dropout: config.dropout.classifier,
      pad_token_id: config.padTokenId,
    };
  },
};
