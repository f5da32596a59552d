import type { EncoderConfig } from './config.js';
import { HasheeError } from './errors.js';

/** How a table was made, kept with it so that it can be made again. */
export interface HashDescription {
  /** `frequency`, `mutual-information`, `random-consistent`, `clustered`, `uniform`, `custom`, ... */
  readonly name: string;
  /** Plain JSON: buckets, seed, corpus size, target, ... */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** The exit layer of every vocabulary entry. Entry t is computed in layers 1..exitLayer[t], then frozen. */
export interface ExitTable {
  /** L: layers count from 1. */
  readonly layers: number;
  /** `[V]`, each from 1 to L. */
  readonly exitLayer: Uint8Array;
  readonly hash: HashDescription;
  /** Of the tokenizer it was made with; a model with another tokenizer refuses the table. */
  readonly tokenizerFingerprint?: string | undefined;
}

/** @throws HasheeError `INVALID_TABLE` */
export function validateExitTable(table: ExitTable): void {
  const { layers, exitLayer } = table;
  if (!Number.isInteger(layers) || layers < 1 || layers > 255)
    throw new HasheeError('INVALID_TABLE', `Exit table: layers must be an integer from 1 to 255, got ${layers}.`, {
      fields: { layers },
    });
  for (let id = 0; id < exitLayer.length; id++) {
    if (exitLayer[id] < 1 || exitLayer[id] > layers)
      throw new HasheeError(
        'INVALID_TABLE',
        `Exit table: vocabulary entry ${id} exits at layer ${exitLayer[id]}, expected 1 to ${layers}.`,
        { fields: { id, exitLayer: exitLayer[id], layers } },
      );
  }
}

/** @throws HasheeError `TABLE_MISMATCH` when vocabulary or layer count differ from the model's. */
export function assertTableFits(table: ExitTable, config: Pick<EncoderConfig, 'layers' | 'vocabSize'>): void {
  if (table.layers !== config.layers)
    throw new HasheeError(
      'TABLE_MISMATCH',
      `The exit table is for ${table.layers} layers, the model has ${config.layers}. Build the table for this model.`,
      { fields: { tableLayers: table.layers, modelLayers: config.layers } },
    );
  if (table.exitLayer.length !== config.vocabSize)
    throw new HasheeError(
      'TABLE_MISMATCH',
      `The exit table has ${table.exitLayer.length} vocabulary entries, the model has ${config.vocabSize}. Build the table with this model's tokenizer.`,
      { fields: { tableVocabulary: table.exitLayer.length, modelVocabulary: config.vocabSize } },
    );
  validateExitTable(table);
}
