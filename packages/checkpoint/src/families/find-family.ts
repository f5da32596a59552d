import type { ConfigFields } from '../config/config-fields.js';
import { albert } from './albert.js';
import { bert } from './bert.js';
import { distilbert } from './distilbert.js';
import { elasticbert } from './elasticbert.js';
import { electra } from './electra.js';
import type { Family } from './family.js';
import { roberta } from './roberta.js';

const FAMILIES: readonly Family[] = [bert, roberta, distilbert, electra, albert, elasticbert];

/** Values of `model_type` that can be read. */
export const MODEL_TYPES: readonly string[] = FAMILIES.flatMap((family) => Object.keys(family.classNames));

/** @throws HasheeError `INVALID_CONFIG` without a `model_type`, `UNSUPPORTED` for one of another kind */
export function findFamily(fields: ConfigFields): Family {
  const modelType = fields.string('model_type');
  if (modelType === 'bart' || modelType === 'cpt')
    fields.unsupported(`"model_type" is "${modelType}", an encoder-decoder. Load it with loadSequenceToSequence.`, {
      field: 'model_type',
      actual: modelType,
    });
  return (
    FAMILIES.find((family) => Object.hasOwn(family.classNames, modelType)) ??
    fields.unsupported(
      `"model_type" is ${JSON.stringify(modelType)}; supported are ${MODEL_TYPES.join(', ')}. MiniLM and TinyBERT are "bert".`,
      { field: 'model_type', actual: modelType, supported: MODEL_TYPES },
    )
  );
}
