import { HasheeError } from '@hashee/core';
import { readActivation, writeActivation } from './activation.js';
import { readBertFields, writeBertFields } from './bert.js';
import type { Family } from './family.js';

/** Group of a layer (both from 1): layers are dealt out in blocks, `floor((layer - 1) / (L / groups)) + 1`. */
function groupOf(layer: number, layers: number, groups: number): number {
  return Math.floor((layer - 1) / (layers / groups)) + 1;
}

/** ALBERT: factorised embeddings, and layers that share weights by groups. */
export const albert: Family = {
  classNames: { albert: 'Albert' },
  prefix: 'albert',
  layerModule: (set) => `encoder.albert_layer_groups.${set - 1}.albert_layers.0`,
  layerParts: {
    query: 'attention.query',
    key: 'attention.key',
    value: 'attention.value',
    output: 'attention.dense',
    attentionNorm: 'attention.LayerNorm',
    up: 'ffn',
    down: 'ffn_output',
    norm: 'full_layer_layer_norm',
  },
  projectionModule: 'encoder.embedding_hidden_mapping_in',
  poolerModule: () => 'pooler',
  sequenceHead: { dense: 'tanh', denseModule: 'pooler', classifierModule: 'classifier' },
  readConfig(fields) {
    const shared = readBertFields(fields);
    const { layers, hiddenSize } = shared;
    const groups = fields.integer('num_hidden_groups', 1);
    if (groups < 1 || groups > layers) fields.refuse('num_hidden_groups', `from 1 to the ${layers} layers`, groups);
    const inner = fields.integer('inner_group_num', 1);
    if (inner !== 1)
      fields.unsupported(`"inner_group_num" is ${inner}, only 1 is supported.`, {
        field: 'inner_group_num',
        actual: inner,
      });
    const embeddingSize = fields.integer('embedding_size');
    if (embeddingSize === hiddenSize)
      fields.unsupported(
        `"embedding_size" equals "hidden_size" (${hiddenSize}); only narrower embeddings are supported.`,
        {
          field: 'embedding_size',
          actual: embeddingSize,
        },
      );
    return {
      ...shared,
      embeddingSize,
      activation: readActivation(fields, 'hidden_act', 'gelu_new'),
      layerWeights: shared.layerWeights.map((layer) => groupOf(layer, layers, groups)),
      dropout: {
        hidden: fields.number('hidden_dropout_prob', 0),
        attention: fields.number('attention_probs_dropout_prob', 0),
        classifier: fields.number('classifier_dropout_prob', 0.1),
      },
    };
  },
  writeConfig(config) {
    const groups = Math.max(...config.layerWeights);
    if (config.layerWeights.some((set, index) => set !== groupOf(index + 1, config.layers, groups)))
      throw new HasheeError(
        'UNSUPPORTED',
        `ALBERT deals its ${config.layers} layers to ${groups} groups in blocks, got [${config.layerWeights.join(', ')}].`,
        { fields: { layerWeights: config.layerWeights } },
      );
    const { classifier_dropout: _, ...shared } = writeBertFields(config);
    return {
      ...shared,
      hidden_act: writeActivation(config.activation),
      embedding_size: config.embeddingSize,
      num_hidden_groups: groups,
      inner_group_num: 1,
      classifier_dropout_prob: config.dropout.classifier,
    };
  },
};
