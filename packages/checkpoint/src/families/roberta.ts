import { HasheeError } from '@hashee/core';
import { assertPlain, BERT_LAYER_PARTS, readBertFields, writeBertFields } from './bert.js';
import type { Family } from './family.js';

/** RoBERTa and its kin. Positions count from the padding id plus one; the rows below are never read. */
export const roberta: Family = {
  classNames: { roberta: 'Roberta', 'xlm-roberta': 'XLMRoberta', camembert: 'Camembert' },
  prefix: 'roberta',
  layerModule: (set) => `encoder.layer.${set - 1}`,
  layerParts: BERT_LAYER_PARTS,
  poolerModule: () => 'pooler.dense',
  sequenceHead: { dense: 'tanh', denseModule: 'classifier.dense', classifierModule: 'classifier.out_proj' },
  readConfig(fields) {
    const padTokenId = fields.integer('pad_token_id', 1);
    const rows = fields.integer('max_position_embeddings');
    const positionOffset = padTokenId + 1;
    if (rows <= positionOffset)
      fields.refuse('max_position_embeddings', `above ${positionOffset}, the padding id plus one`, rows);
    return { ...readBertFields(fields), padTokenId, positionOffset, maxLength: rows - positionOffset };
  },
  writeConfig(config) {
    assertPlain(config);
    if (config.positionOffset !== config.padTokenId + 1)
      throw new HasheeError(
        'UNSUPPORTED',
        `A ${config.modelType} checkpoint counts positions from the padding id plus one (${config.padTokenId + 1}), got ${config.positionOffset}.`,
        { fields: { positionOffset: config.positionOffset, padTokenId: config.padTokenId } },
      );
    return writeBertFields(config);
  },
};
