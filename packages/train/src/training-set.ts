import {
  type EncoderConfig,
  HasheeError,
  type HeadConfig,
  type LabelledSequence,
  type TokenSequence,
} from '@hashee/core';

/**
 * Checks all sequences before the first update, so that a run doesn't fail hours later.
 * @throws HasheeError `INVALID_ARGUMENT` with the index of the sequence
 */
export function validateTrainingSet(
  sequences: readonly LabelledSequence[],
  config: EncoderConfig,
  head: HeadConfig,
): void {
  if (sequences.length === 0) throw new HasheeError('INVALID_ARGUMENT', 'The training set is empty.');
  const withExits = sequences[0].exitLayers !== undefined;
  sequences.forEach((sequence, index) => {
    const problem =
      inputProblem(sequence, config) ??
      labelProblem(sequence, head) ??
      ((sequence.exitLayers !== undefined) !== withExits ? 'only some sequences carry exit layers' : undefined);
    if (problem)
      throw new HasheeError('INVALID_ARGUMENT', `Training sequence ${index}: ${problem}.`, { fields: { index } });
  });
}

export function inputProblem({ inputIds, exitLayers }: TokenSequence, config: EncoderConfig): string | undefined {
  const { length } = inputIds;
  if (length < 1 || length > config.maxLength)
    return `it has ${length} tokens, the model takes 1 to ${config.maxLength}; truncate when tokenizing`;
  for (let t = 0; t < length; t++) {
    if (!(inputIds[t] >= 0 && inputIds[t] < config.vocabSize))
      return `token ${t} has id ${inputIds[t]}, the vocabulary has ${config.vocabSize} entries`;
    if (exitLayers && !(exitLayers[t] >= 1 && exitLayers[t] <= config.layers))
      return `token ${t} exits at layer ${exitLayers[t]}, expected 1 to ${config.layers}`;
  }
  return undefined;
}

function labelProblem({ label, inputIds }: LabelledSequence, { task, labels }: HeadConfig): string | undefined {
  const C = labels.length;
  if (task !== 'token-classification') {
    if (typeof label !== 'number') return `expected one label, as the task is ${task}`;
    if (task === 'regression') return Number.isFinite(label) ? undefined : `the label is ${label}, expected a number`;
    return Number.isInteger(label) && label >= 0 && label < C
      ? undefined
      : `the label is ${label}, expected 0 to ${C - 1} (${labels.join(', ')})`;
  }
  if (typeof label === 'number' || label.length !== inputIds.length)
    return `expected ${inputIds.length} labels, one a token`;
  const wrong = label.find((value) => value < -1 || value >= C);
  if (wrong !== undefined) return `a label is ${wrong}, expected 0 to ${C - 1}, or -1 where there is none`;
  return undefined;
}
