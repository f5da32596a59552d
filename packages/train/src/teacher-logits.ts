import { collate, type Encoder, HasheeError, type HeadConfig, type TokenSequence, throwIfAborted } from '@hashee/core';

const BATCH_SIZE = 32;

export interface TeacherOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?:
    | ((event: { readonly done: number; readonly total: number }) => Promise<void> | void)
    | undefined;
}

/**
 * What a teacher says to each sequence, `[C]` or, for token classification, `[tokens, C]`, in the order of the sequences.
 * The teacher uses its own exit table: exit layers of the sequences are the student's.
 * @throws HasheeError `ABORTED`, and what the encoder throws
 */
export async function teacherLogits(
  teacher: Encoder,
  sequences: readonly TokenSequence[],
  options: TeacherOptions = {},
): Promise<Float32Array[]> {
  const result = new Array<Float32Array>(sequences.length);
  const order = Array.from(sequences.keys()).sort(
    (a, b) => sequences[a].inputIds.length - sequences[b].inputIds.length || a - b,
  );
  for (let from = 0; from < order.length; from += BATCH_SIZE) {
    throwIfAborted(options.signal, 'Asking the teacher');
    const rows = order.slice(from, from + BATCH_SIZE);
    const batch = collate(
      rows.map((row) => ({ inputIds: sequences[row].inputIds, tokenTypeIds: sequences[row].tokenTypeIds })),
    );
    const { logits, labels: C } = await teacher.forward(batch, { signal: options.signal });
    const perToken = teacher.head?.task === 'token-classification';
    rows.forEach((row, b) => {
      const [start, end] = perToken ? [batch.offsets[b], batch.offsets[b + 1]] : [b, b + 1];
      result[row] = logits.slice(start * C, end * C);
    });
    await options.onProgress?.({ done: from + rows.length, total: order.length });
  }
  return result;
}

/** @throws HasheeError `INVALID_ARGUMENT` where the teacher answers another task or with other labels */
export function assertTeacherFits(teacher: Encoder, student: HeadConfig): void {
  const { head } = teacher;
  const alike = head?.task === student.task && (head.task === 'regression' || sameList(head.labels, student.labels));
  if (!alike)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `The teacher must answer as the student does: ${student.task} with the labels ${student.labels.join(', ')}; it has ${head ? `${head.task} with ${head.labels.join(', ')}` : 'no head'}.`,
      { fields: { expected: student.labels, actual: head?.labels } },
    );
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** @throws HasheeError `INVALID_ARGUMENT` where logits don't fit the sequences and the student's head */
export function validateTeacherLogits(
  logits: readonly Float32Array[],
  sequences: readonly TokenSequence[],
  head: HeadConfig,
): void {
  const C = head.labels.length;
  if (logits.length !== sequences.length)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `The teacher's logits are for ${logits.length} sequences, the training set has ${sequences.length}.`,
      { fields: { expected: sequences.length, actual: logits.length } },
    );
  logits.forEach((values, index) => {
    const expected = head.task === 'token-classification' ? sequences[index].inputIds.length * C : C;
    if (values.length !== expected || !values.every(Number.isFinite))
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `The teacher's logits of training sequence ${index}: expected ${expected} numbers (${C} labels), got ${values.length}${values.length === expected ? ', some not finite' : ''}.`,
        { fields: { index, expected, actual: values.length } },
      );
  });
}
