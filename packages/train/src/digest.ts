import { createHash, type Hash } from 'node:crypto';
import type { Checkpoint, ExitTable, LabelledSequence, WeightSource } from '@hashee/core';

/** Hex digest of sequences with their labels and exit layers. */
export function digestSequences(sequences: readonly LabelledSequence[]): string {
  const hash = createHash('sha256');
  for (const { inputIds, tokenTypeIds, exitLayers, label } of sequences)
    for (const values of [inputIds, tokenTypeIds ?? [], exitLayers ?? [], typeof label === 'number' ? [label] : label])
      addNumbers(hash, values);
  return hash.digest('hex');
}

/** Hex digest of a list of rows, such as a teacher's logits. */
export function digestRows(rows: readonly Float32Array[]): string {
  const hash = createHash('sha256');
  for (const row of rows) addNumbers(hash, row);
  return hash.digest('hex');
}

/** Hex digest of a config and all weights. Reads every tensor once. */
export async function digestModel({
  config,
  weights,
}: {
  readonly config: object;
  readonly weights: WeightSource;
}): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(config));
  for (const name of [...weights.names()].sort()) {
    const { buffer, byteOffset, byteLength } = await weights.read(name);
    hash.update(JSON.stringify([name, weights.shape(name)])).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}

/**
 * Hex digest of all that a model's answers follow from: config, heads, exits and weights. What `teacherFingerprint` is meant
 * for. Reads every tensor once.
 */
export async function digestTeacher({ config, heads, exitTable, weights }: Checkpoint): Promise<string> {
  return createHash('sha256')
    .update(JSON.stringify([await digestModel({ config, weights }), heads, exitTable ? digestTable(exitTable) : null]))
    .digest('hex');
}

export function digestTable(table: ExitTable): string {
  return createHash('sha256').update(JSON.stringify(table.layers)).update(table.exitLayer).digest('hex');
}

function addNumbers(hash: Hash, values: ArrayLike<number>): void {
  hash.update(Uint32Array.of(values.length)).update(Float64Array.from(values));
}
