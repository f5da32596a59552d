import type { TokenSequence } from '../batch.js';
import { HasheeError } from '../errors.js';
import type { SequenceToSequenceConfig } from './config.js';

/** A source with the output it should get. Training sets of encoder-decoders are lists of these. */
export interface SequenceToSequenceExample extends TokenSequence {
  /**
   * Ids of the output, without the start token and with the token that ends it; -1 where an answer counts for nothing. At least one
   * counts.
   */
  readonly labels: ArrayLike<number>;
}

/** Outputs of unequal length without padding: that of source b is tokens offsets[b] .. offsets[b + 1] - 1. */
export interface TargetBatch {
  /** `[N]`, what the decoder should answer at each position; -1 where its answer counts for nothing. */
  readonly labels: Int32Array;
  /** `[B + 1]`, from 0 to N. */
  readonly offsets: Int32Array;
}

/** Puts outputs side by side. */
export function collateTargets(outputs: readonly ArrayLike<number>[]): TargetBatch {
  const offsets = new Int32Array(outputs.length + 1);
  for (let b = 0; b < outputs.length; b++) offsets[b + 1] = offsets[b] + outputs[b].length;
  const labels = new Int32Array(offsets[outputs.length]);
  outputs.forEach((output, b) => {
    labels.set(output, offsets[b]);
  });
  return { labels, offsets };
}

/**
 * What the decoder is given at each position (teacher forcing), `[N]`: the start token, then the labels one place later, padding in
 * the place of those that count for nothing.
 */
export function decoderInputs(
  { labels, offsets }: TargetBatch,
  { decoderStartTokenId, padTokenId }: Pick<SequenceToSequenceConfig, 'decoderStartTokenId' | 'padTokenId'>,
): Int32Array {
  const inputs = new Int32Array(labels.length);
  for (let b = 0; b + 1 < offsets.length; b++)
    for (let n = offsets[b]; n < offsets[b + 1]; n++) {
      const before = n === offsets[b] ? decoderStartTokenId : labels[n - 1];
      inputs[n] = before < 0 ? padTokenId : before;
    }
  return inputs;
}

/** How many labels count. */
export function countTargets(labels: ArrayLike<number>): number {
  let count = 0;
  for (let n = 0; n < labels.length; n++) if (labels[n] >= 0) count++;
  return count;
}

/**
 * @param sources how many outputs there must be
 * @throws HasheeError `INVALID_BATCH` with output, position and value
 */
export function validateTargets(targets: TargetBatch, sources: number, config: SequenceToSequenceConfig): void {
  const { labels, offsets } = targets;
  const refuse = (message: string, fields: Record<string, unknown>): never => {
    throw new HasheeError('INVALID_BATCH', message, { fields });
  };
  if (offsets.length - 1 !== sources)
    refuse(`There are ${sources} sources and ${offsets.length - 1} outputs; expected one output a source.`, {
      sources,
      outputs: offsets.length - 1,
    });
  if (offsets[0] !== 0 || offsets[sources] !== labels.length)
    refuse(`The offsets of the outputs must run from 0 to their ${labels.length} labels.`, {
      labels: labels.length,
      offsets: Array.from(offsets.subarray(0, 8)),
    });
  const { maxLength } = config.decoder;
  for (let b = 0; b < sources; b++) {
    const length = offsets[b + 1] - offsets[b];
    if (!(length >= 1 && length <= maxLength))
      refuse(`Output ${b} has ${length} labels, the decoder takes 1 to ${maxLength}. Truncate when tokenizing.`, {
        output: b,
        length,
        maxLength,
      });
  }
  const { vocabSize } = config.encoder;
  const wrong = labels.findIndex((label) => label < -1 || label >= vocabSize);
  if (wrong >= 0)
    refuse(`Label ${wrong} is ${labels[wrong]}, expected -1 (none) to ${vocabSize - 1}.`, {
      position: wrong,
      label: labels[wrong],
    });
  if (countTargets(labels) === 0) refuse('No label of the batch counts.', { labels: labels.length });
}
