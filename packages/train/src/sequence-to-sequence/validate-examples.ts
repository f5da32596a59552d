import { HasheeError, type SequenceToSequenceConfig, type SequenceToSequenceExample } from '@hashee/core';
import { inputProblem } from '../training-set.js';

/**
 * Checks all examples before the first update, so that a run doesn't fail hours later.
 * @throws HasheeError `INVALID_ARGUMENT` with the index of the example
 */
export function validateExamples(
  examples: readonly SequenceToSequenceExample[],
  config: SequenceToSequenceConfig,
): void {
  if (examples.length === 0) throw new HasheeError('INVALID_ARGUMENT', 'The training set is empty.');
  const withExits = examples[0].exitLayers !== undefined;
  examples.forEach((example, index) => {
    const problem =
      inputProblem(example, config.encoder) ??
      labelsProblem(example.labels, config) ??
      ((example.exitLayers !== undefined) !== withExits ? 'only some examples carry exit layers' : undefined);
    if (problem)
      throw new HasheeError('INVALID_ARGUMENT', `Training example ${index}: ${problem}.`, { fields: { index } });
  });
}

function labelsProblem(labels: ArrayLike<number>, { encoder, decoder }: SequenceToSequenceConfig): string | undefined {
  if (labels.length < 1 || labels.length > decoder.maxLength)
    return `its output has ${labels.length} tokens, the decoder takes 1 to ${decoder.maxLength}; truncate when tokenizing`;
  for (let n = 0; n < labels.length; n++)
    if (!(Number.isInteger(labels[n]) && labels[n] >= -1 && labels[n] < encoder.vocabSize))
      return `label ${n} is ${labels[n]}, expected an id below ${encoder.vocabSize}, or -1 where no answer counts`;
  return undefined;
}
