import { assertTableFits, type EncoderConfig, type ExitTable, HasheeError } from '@hashee/core';
import { EXIT_LAYERS_TENSOR } from '../hashee/hashee-file.js';
import type { TensorToWrite } from '../safetensors/write-safetensors.js';

export function exitLayersToWrite({ exitLayer }: ExitTable, name: string = EXIT_LAYERS_TENSOR): TensorToWrite {
  return { name, dtype: 'U8', shape: [exitLayer.length], read: () => exitLayer };
}

/** @throws HasheeError `TABLE_MISMATCH` where a table wasn't made for these layers and this tokenizer */
export function assertTableToSave(
  table: ExitTable,
  config: Pick<EncoderConfig, 'layers' | 'vocabSize'>,
  fingerprint: string,
): void {
  assertTableFits(table, config);
  const { tokenizerFingerprint: made } = table;
  if (made !== undefined && made !== fingerprint)
    throw new HasheeError(
      'TABLE_MISMATCH',
      `The exit table was made with the tokenizer ${made}, the model's is ${fingerprint}. Build the table with the model's tokenizer.`,
      { fields: { expected: fingerprint, actual: made } },
    );
}
