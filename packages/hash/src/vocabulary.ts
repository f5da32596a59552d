import { type EncoderConfig, type HashDescription, HasheeError, type Tokenizer } from '@hashee/core';
import type { BuiltExitTable } from './built-exit-table.js';

/** What a hash needs to know of a vocabulary. A `Tokenizer` is one. */
export type Vocabulary = Pick<Tokenizer, 'vocabSize' | 'specialIds'> &
  Partial<Pick<Tokenizer, 'fingerprint' | 'token'>>;

/** What every table is made for. */
export interface TableOptions {
  /** L, 1 to 255. */
  readonly layers: number;
  readonly tokenizer: Vocabulary;
  /** The model. Needed for targets in multiply-accumulates; gives the number of vocabulary entries where it is known. */
  readonly config?: EncoderConfig | undefined;
  /** Rows of the model's word embedding, where they are more than the tokenizer's ids. @default `config`'s, else the tokenizer's */
  readonly vocabSize?: number | undefined;
}

/** A table in which every entry exits at L still, and the ids that must stay there. */
export interface TableDraft {
  readonly layers: number;
  /** V */
  readonly vocabSize: number;
  /** `[V]`, 1 for special ids. */
  readonly special: Uint8Array;
  /** `[V]`, all L. */
  readonly exitLayer: Uint8Array;
  readonly finish: (hash: HashDescription, more?: Partial<BuiltExitTable>) => BuiltExitTable;
}

const MAX_VOCABULARY = 4_000_000;

/** @throws HasheeError `INVALID_ARGUMENT` for sizes out of range, `TABLE_MISMATCH` when config and options disagree */
export function draftTable(options: TableOptions): TableDraft {
  const { layers, tokenizer, config } = options;
  checkInteger('layers', layers, 1, 255);
  if (config && config.layers !== layers)
    throw new HasheeError(
      'TABLE_MISMATCH',
      `layers is ${layers}, the model's config has ${config.layers}. Give its number.`,
      {
        fields: { layers, modelLayers: config.layers },
      },
    );
  const vocabSize = options.vocabSize ?? config?.vocabSize ?? tokenizer.vocabSize;
  checkInteger('vocabSize', vocabSize, 1, MAX_VOCABULARY);
  if (config && config.vocabSize !== vocabSize)
    throw new HasheeError(
      'TABLE_MISMATCH',
      `vocabSize is ${vocabSize}, the model's config has ${config.vocabSize}. Leave vocabSize out.`,
      { fields: { vocabSize, modelVocabulary: config.vocabSize } },
    );
  if (tokenizer.vocabSize > vocabSize)
    throw new HasheeError(
      'TABLE_MISMATCH',
      `The tokenizer has ${tokenizer.vocabSize} ids, the model's word embedding ${vocabSize} rows. Give the tokenizer of this model.`,
      { fields: { tokenizerVocabulary: tokenizer.vocabSize, modelVocabulary: vocabSize } },
    );
  const special = new Uint8Array(vocabSize);
  for (const id of tokenizer.specialIds) if (id < vocabSize) special[id] = 1;
  const exitLayer = new Uint8Array(vocabSize).fill(layers);
  const tokenizerFingerprint = tokenizer.fingerprint;
  return {
    layers,
    vocabSize,
    special,
    exitLayer,
    finish: (hash, more) => ({
      layers,
      exitLayer,
      hash,
      ...(tokenizerFingerprint === undefined ? {} : { tokenizerFingerprint }),
      ...more,
    }),
  };
}

/** @throws HasheeError `INVALID_ARGUMENT` */
export function checkInteger(name: string, value: unknown, low: number, high: number): asserts value is number {
  if (!Number.isInteger(value) || (value as number) < low || (value as number) > high)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `${name} must be an integer from ${low} to ${high}, got ${String(value)}.`,
      {
        fields: { name, low, high, value },
      },
    );
}
