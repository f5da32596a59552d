import { bert } from './bert.js';
import type { Family } from './family.js';

/** ElasticBERT: BERT with a pooler above every layer, as in the authors' code (fastnlp/ElasticBERT). */
export const elasticbert: Family = {
  ...bert,
  classNames: { elasticbert: 'ElasticBert' },
  prefix: 'elasticbert',
  poolerModule: (layer) => `encoder.pooler.${layer - 1}.dense`,
};
