import { assertPlain, BERT_LAYER_PARTS, readBertFields, writeBertFields } from './bert.js';
import type { Family } from './family.js';

/** ELECTRA discriminators. The classifier uses the exact gelu, whatever the encoder's activation is. */
export const electra: Family = {
  classNames: { electra: 'Electra' },
  prefix: 'electra',
  layerModule: (set) => `encoder.layer.${set - 1}`,
  layerParts: BERT_LAYER_PARTS,
  projectionModule: 'embeddings_project',
  sequenceHead: { dense: 'gelu', denseModule: 'classifier.dense', classifierModule: 'classifier.out_proj' },
  readConfig: (fields) => ({ ...readBertFields(fields), embeddingSize: fields.integer('embedding_size') }),
  writeConfig(config) {
    assertPlain(config, { factorised: true });
    return { ...writeBertFields(config), embedding_size: config.embeddingSize };
  },
};
