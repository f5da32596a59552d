import type { EncoderConfig, HeadConfig } from '@hashee/core';
import type { Family } from '../families/family.js';
import { isNativeHead } from '../model/tensor-names.js';
import type { SavedDtype } from './model-to-save.js';

/** Fields that describe the model which was loaded and not the one that is saved. */
const STALE = [
  '_name_or_path',
  '_num_labels',
  'architectures',
  'classifier_activation',
  'id2label',
  'label2id',
  'num_labels',
  'problem_type',
  'pruned_heads',
  'quantization_config',
  'torch_dtype',
];

/**
 * Content of config.json: the fields of the base model, with what is different now.
 *
 * transformers would take the 8-bit integers themselves for weights. A model saved as `q8` therefore has a quantization
 * without `quant_method`, which transformers refuses to load.
 */
export function writeConfig(
  base: Readonly<Record<string, unknown>>,
  { family, config, heads }: { family: Family; config: EncoderConfig; heads: readonly HeadConfig[] },
  dtype: SavedDtype,
): Record<string, unknown> {
  const kept = Object.fromEntries(Object.entries(base).filter(([field]) => !STALE.includes(field)));
  const main = heads.find((head) => head.name === 'main' && isNativeHead(head, family, config.layers));
  const className = family.classNames[config.modelType];
  return {
    ...kept,
    model_type: config.modelType,
    ...family.writeConfig(config),
    ...(main ? describeHead(main, className) : { architectures: [`${className}Model`] }),
    dtype: dtype === 'fp16' ? 'float16' : 'float32',
    ...(dtype === 'q8' ? { quantization_config: { format: 'hashee-int8-rows' } } : {}),
  };
}

function describeHead({ task, dense, labels }: HeadConfig, className: string): Record<string, unknown> {
  const tinyBert = dense === 'tanh+relu';
  const suffix = task === 'token-classification' ? 'ForTokenClassification' : 'ForSequenceClassification';
  return {
    architectures: [`${tinyBert ? 'Tiny' : ''}${className}${suffix}`],
    ...(tinyBert ? { classifier_activation: 'relu' } : {}),
    id2label: Object.fromEntries(labels.map((label, id) => [id, label])),
    label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
    ...(task === 'token-classification'
      ? {}
      : { problem_type: task === 'regression' ? 'regression' : 'single_label_classification' }),
  };
}
