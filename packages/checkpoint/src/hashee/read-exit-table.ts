import { assertTableFits, type EncoderConfig, type ExitTable, HasheeError } from '@hashee/core';
import type { SafetensorsWeights } from '../safetensors/weights.js';
import type { HasheeFile } from './hashee-file.js';

/**
 * The exit table that hashee.json describes, from its tensor in the weights file.
 * @param path of hashee.json, named in errors
 * @throws HasheeError `INVALID_TABLE`, `TABLE_MISMATCH` with both numbers
 */
export async function readExitTable(
  files: SafetensorsWeights,
  { layers, exitTable, tokenizerFingerprint }: Pick<HasheeFile, 'layers' | 'exitTable' | 'tokenizerFingerprint'>,
  config: Pick<EncoderConfig, 'layers' | 'vocabSize'>,
  path: string,
): Promise<ExitTable | undefined> {
  if (!exitTable) return undefined;
  const { tensor, hash } = exitTable;
  const stored = files.has(tensor) ? `${files.dtype(tensor)} [${files.shape(tensor).join(', ')}]` : 'nothing';
  if (!files.has(tensor) || files.dtype(tensor) !== 'U8' || files.shape(tensor).length !== 1)
    throw new HasheeError(
      'INVALID_TABLE',
      `${path}: the exit layers must be a U8 tensor "${tensor}" of shape [${config.vocabSize}] in the weights file, found ${stored}.`,
      { fields: { path, tensor, stored } },
    );
  const table: ExitTable = { layers, exitLayer: await files.readRaw(tensor), hash, tokenizerFingerprint };
  assertTableFits(table, config);
  return table;
}
