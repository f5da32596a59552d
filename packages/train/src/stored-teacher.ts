import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors, type TensorToWrite, writeSafetensors } from '@hashee/checkpoint';
import { HasheeError, systemError } from '@hashee/core';

/** A teacher's answers as they were stored. */
export interface StoredTeacher {
  /** By index of the training sequence. */
  readonly logits: readonly Float32Array[];
  /** Of the teacher that gave them, where it was known. */
  readonly fingerprint: string | undefined;
}

/** In the folder of a run. */
export const TEACHER_FILE = 'teacher.safetensors';
const TRAIN_SET = 'train_set';
const FINGERPRINT = 'teacher';

/**
 * The answers to a training set, if they were stored.
 * @param trainSet its digest
 * @param count its sequences
 * @throws HasheeError `INVALID_CHECKPOINT`, `IO`
 */
export async function loadTeacher(
  directory: string,
  trainSet: string,
  count: number,
): Promise<StoredTeacher | undefined> {
  const path = join(directory, TEACHER_FILE);
  if (!(await isThere(path))) return undefined;
  const file = await readSafetensors(path);
  if (file.metadata[TRAIN_SET] !== trainSet) return undefined;
  const [lengths, values] = [await file.read('lengths'), await file.read('logits')];
  if (lengths.length !== count || lengths.reduce((sum, length) => sum + length, 0) !== values.length) return undefined;
  let offset = 0;
  const logits = Array.from(lengths, (length) => {
    offset += length;
    return values.subarray(offset - length, offset);
  });
  return { logits, fingerprint: file.metadata[FINGERPRINT] };
}

/** @throws HasheeError `IO` */
export async function saveTeacher(
  directory: string,
  trainSet: string,
  { logits, fingerprint }: StoredTeacher,
): Promise<void> {
  const lengths = Float32Array.from(logits, ({ length }) => length);
  const values = new Float32Array(lengths.reduce((sum, length) => sum + length, 0));
  let offset = 0;
  for (const row of logits) {
    values.set(row, offset);
    offset += row.length;
  }
  const tensors: TensorToWrite[] = [
    { name: 'lengths', dtype: 'F32', shape: [lengths.length], read: () => lengths },
    { name: 'logits', dtype: 'F32', shape: [values.length], read: () => values },
  ];
  await writeSafetensors(join(directory, TEACHER_FILE), tensors, {
    metadata: { [TRAIN_SET]: trainSet, ...(fingerprint === undefined ? {} : { [FINGERPRINT]: fingerprint }) },
  });
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (cause) {
    const error = systemError(cause, 'read', path);
    if (HasheeError.isInstance(error, 'NOT_FOUND')) return false;
    throw error;
  }
}
