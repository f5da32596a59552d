import type { EncoderConfig, HeadDense } from '@hashee/core';
import type { ConfigFields } from '../config/config-fields.js';

/** The parts of a layer, as canonical names call them. */
export type LayerPart = 'query' | 'key' | 'value' | 'output' | 'attentionNorm' | 'up' | 'down' | 'norm';

/** Where a family keeps the two matrices of its sentence classifier, and what stands between them. */
export interface SequenceHeadLayout {
  readonly dense: Exclude<HeadDense, 'none' | 'tanh+relu'>;
  /** Module of the dense layer: the encoder's pooler, or a module of the head. */
  readonly denseModule: 'pooler' | 'classifier.dense' | 'pre_classifier';
  readonly classifierModule: 'classifier' | 'classifier.out_proj';
}

/** How one family of checkpoints names its config fields and tensors. */
export interface Family {
  /** By value of `model_type` that it reads: how class names begin, as in `BertForSequenceClassification`. */
  readonly classNames: Readonly<Record<string, string>>;
  /** What encoder tensors begin with in checkpoints that also have a head; plain encoders go without. */
  readonly prefix: string;
  /** Module of weight set s, from 1. */
  layerModule(set: number): string;
  readonly layerParts: Readonly<Record<LayerPart, string>>;
  /** Module that widens factorised embeddings. */
  readonly projectionModule?: string | undefined;
  /** Module of the pooler above layer l, from 1; absent where the family has none. */
  poolerModule?(layer: number): string;
  readonly sequenceHead: SequenceHeadLayout;
  /** @throws HasheeError `INVALID_CONFIG`, `UNSUPPORTED` */
  readConfig(fields: ConfigFields): EncoderConfig;
  /** The fields of config.json that say what `config` says. @throws HasheeError `UNSUPPORTED` for what the family can't express */
  writeConfig(config: EncoderConfig): Record<string, unknown>;
}
