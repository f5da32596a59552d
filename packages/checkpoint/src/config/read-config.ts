import { type EncoderConfig, type HeadConfig, type HeadTask, validateEncoderConfig } from '@hashee/core';
import type { Family } from '../families/family.js';
import { findFamily } from '../families/find-family.js';
import { ConfigFields } from './config-fields.js';

/** What a config.json says. */
export interface ModelConfig {
  readonly family: Family;
  readonly config: EncoderConfig;
  /** The classifier that `architectures` promises; none for plain encoders and pretraining models. */
  readonly head?: HeadConfig | undefined;
}

/**
 * Understands a config.json of transformers.
 *
 * The head follows `architectures`: `...ForSequenceClassification` and `...ForTokenClassification` have one, all others
 * none. TinyBERT's classifier applies a relu to the pooled state, which transformers has no field for: it is read from
 * `"classifier_activation": "relu"`, or from the class name of its authors, `TinyBertForSequenceClassification`.
 *
 * @param file named in errors
 * @throws HasheeError `INVALID_CONFIG`, `UNSUPPORTED`
 */
export function readConfig(values: Readonly<Record<string, unknown>>, file: string): ModelConfig {
  const fields = new ConfigFields(values, file);
  const family = findFamily(fields);
  const config = family.readConfig(fields);
  validateEncoderConfig(config);
  return { family, config, head: readHead(fields, family, config) };
}

function readHead(fields: ConfigFields, family: Family, config: EncoderConfig): HeadConfig | undefined {
  const [architecture = ''] = fields.list('architectures');
  if (typeof architecture !== 'string') return fields.refuse('architectures', 'a list of class names', architecture);
  if (architecture.endsWith('ForTokenClassification'))
    return {
      name: 'main',
      task: 'token-classification',
      labels: readLabels(fields),
      layer: config.layers,
      dense: 'none',
      // DistilBERT's token classifier has the dropout of its encoder.
      dropout: config.modelType === 'distilbert' ? config.dropout.hidden : config.dropout.classifier,
    };
  if (!architecture.endsWith('ForSequenceClassification')) return undefined;
  const labels = readLabels(fields);
  const { dense } = family.sequenceHead;
  const relu = architecture.startsWith('TinyBert') || fields.get('classifier_activation') === 'relu';
  return {
    name: 'main',
    task: readTask(fields, labels.length),
    labels,
    layer: config.layers,
    dense: relu && dense === 'tanh' ? 'tanh+relu' : dense,
    dropout: config.dropout.classifier,
  };
}

/** `problem_type` as transformers has it: when it is absent, one output is a regression. */
function readTask(fields: ConfigFields, labels: number): HeadTask {
  const problem = fields.get('problem_type') ?? (labels === 1 ? 'regression' : 'single_label_classification');
  if (problem === 'single_label_classification') return 'sequence-classification';
  if (problem === 'regression' && labels === 1) return 'regression';
  return fields.unsupported(
    `"problem_type" is ${JSON.stringify(problem)} with ${labels} outputs; supported are "single_label_classification", and "regression" with one.`,
    { field: 'problem_type', actual: problem, labels },
  );
}

function readLabels(fields: ConfigFields): readonly string[] {
  const id2label = fields.object('id2label');
  const count = Object.keys(id2label).length;
  if (count === 0)
    return Array.from(
      { length: Math.min(fields.integer(['num_labels', '_num_labels'], 2), 1 << 20) },
      (_, id) => `LABEL_${id}`,
    );
  return Array.from({ length: count }, (_, id) => {
    const label = Object.hasOwn(id2label, id) ? id2label[id] : undefined;
    return typeof label === 'string' || typeof label === 'number'
      ? String(label)
      : fields.refuse('id2label', `names for the outputs 0 to ${count - 1}`, { [id]: label });
  });
}
