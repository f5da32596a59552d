import type { EncoderConfig } from './config.js';
import { HasheeError } from './errors.js';
import type { ExitTable } from './exit-table.js';

/** Sequences of unequal length without padding: sequence b is tokens offsets[b] .. offsets[b + 1] - 1. */
export interface TokenBatch {
  /** `[T]` */
  readonly inputIds: Int32Array;
  /** `[T]`, segment of each token. */
  readonly tokenTypeIds: Uint8Array;
  /** `[B + 1]`, from 0 to T. */
  readonly offsets: Int32Array;
  /** `[T]`, 1..L. Overrides the exit table token by token, for hashes that look at occurrences instead of types. */
  readonly exitLayers?: Uint8Array | undefined;
}

/** One sequence as a tokenizer gives it. */
export interface TokenSequence {
  readonly inputIds: ArrayLike<number>;
  /** Absent: all 0. */
  readonly tokenTypeIds?: ArrayLike<number> | undefined;
  readonly exitLayers?: ArrayLike<number> | undefined;
}

/** Puts sequences side by side. @throws HasheeError `INVALID_BATCH` when only some carry exit layers or lengths differ. */
export function collate(sequences: readonly TokenSequence[]): TokenBatch {
  const offsets = new Int32Array(sequences.length + 1);
  for (let b = 0; b < sequences.length; b++) offsets[b + 1] = offsets[b] + sequences[b].inputIds.length;
  const tokens = offsets[sequences.length];
  const inputIds = new Int32Array(tokens);
  const tokenTypeIds = new Uint8Array(tokens);
  const withExits = sequences.filter((sequence) => sequence.exitLayers !== undefined).length;
  if (withExits !== 0 && withExits !== sequences.length)
    throw new HasheeError(
      'INVALID_BATCH',
      `Exit layers must be given for all sequences or none, got ${withExits} of ${sequences.length}.`,
    );
  const exitLayers = withExits > 0 ? new Uint8Array(tokens) : undefined;
  sequences.forEach((sequence, b) => {
    const { length } = sequence.inputIds;
    for (const field of ['tokenTypeIds', 'exitLayers'] as const) {
      const values = sequence[field];
      if (values && values.length !== length)
        throw new HasheeError(
          'INVALID_BATCH',
          `Sequence ${b}: ${field} has ${values.length} entries, inputIds has ${length}.`,
          {
            fields: { sequence: b, field, expected: length, actual: values.length },
          },
        );
    }
    inputIds.set(sequence.inputIds, offsets[b]);
    if (sequence.tokenTypeIds) tokenTypeIds.set(sequence.tokenTypeIds, offsets[b]);
    if (exitLayers && sequence.exitLayers) exitLayers.set(sequence.exitLayers, offsets[b]);
  });
  return { inputIds, tokenTypeIds, offsets, ...(exitLayers ? { exitLayers } : {}) };
}

/** The sequences `rows` of a batch, in that order, as a new batch. */
export function selectSequences(batch: TokenBatch, rows: ArrayLike<number>): TokenBatch {
  return collate(
    Array.from(rows, (row) => {
      const from = batch.offsets[row];
      const to = batch.offsets[row + 1];
      return {
        inputIds: batch.inputIds.subarray(from, to),
        tokenTypeIds: batch.tokenTypeIds.subarray(from, to),
        exitLayers: batch.exitLayers?.subarray(from, to),
      };
    }),
  );
}

/** @throws HasheeError `INVALID_BATCH` with sequence, position and both values. */
export function validateBatch(batch: TokenBatch, config: EncoderConfig): void {
  const { inputIds, tokenTypeIds, offsets, exitLayers } = batch;
  const refuse = (message: string, fields: Record<string, unknown>): never => {
    throw new HasheeError('INVALID_BATCH', message, { fields });
  };
  const T = inputIds.length;
  if (tokenTypeIds.length !== T)
    refuse(`tokenTypeIds has ${tokenTypeIds.length} entries, inputIds has ${T}.`, {
      expected: T,
      actual: tokenTypeIds.length,
    });
  if (exitLayers && exitLayers.length !== T)
    refuse(`exitLayers has ${exitLayers.length} entries, inputIds has ${T}.`, {
      expected: T,
      actual: exitLayers.length,
    });
  if (offsets.length < 1 || offsets[0] !== 0 || offsets[offsets.length - 1] !== T)
    refuse(`offsets must run from 0 to the ${T} tokens of the batch.`, {
      tokens: T,
      offsets: Array.from(offsets.subarray(0, 8)),
    });
  for (let b = 0; b + 1 < offsets.length; b++) {
    const length = offsets[b + 1] - offsets[b];
    if (length < 1) refuse(`Sequence ${b} is empty; a sequence has at least one token.`, { sequence: b, length });
    if (length > config.maxLength)
      refuse(
        `Sequence ${b} has ${length} tokens, the model takes at most ${config.maxLength}. Truncate it when tokenizing.`,
        {
          sequence: b,
          length,
          maxLength: config.maxLength,
        },
      );
  }
  const types = Math.max(1, config.typeVocabSize);
  for (let t = 0; t < T; t++) {
    if (inputIds[t] < 0 || inputIds[t] >= config.vocabSize)
      refuse(`Token ${t} has id ${inputIds[t]}, the vocabulary has ${config.vocabSize} entries.`, {
        token: t,
        id: inputIds[t],
      });
    if (tokenTypeIds[t] >= types && config.typeVocabSize > 0)
      refuse(`Token ${t} has segment ${tokenTypeIds[t]}, the model has ${types}.`, {
        token: t,
        segment: tokenTypeIds[t],
      });
    if (exitLayers && (exitLayers[t] < 1 || exitLayers[t] > config.layers))
      refuse(`Token ${t} exits at layer ${exitLayers[t]}, expected 1 to ${config.layers}.`, {
        token: t,
        exitLayer: exitLayers[t],
      });
  }
}

/** The exit layer of every token, `[T]`, a copy: the batch's own, else the table's, else L. */
export function exitLayersOf(batch: TokenBatch, layers: number, table?: ExitTable | undefined): Uint8Array {
  if (batch.exitLayers) return batch.exitLayers.slice();
  if (!table) return new Uint8Array(batch.inputIds.length).fill(layers);
  return Uint8Array.from(batch.inputIds, (id) => table.exitLayer[id]);
}
