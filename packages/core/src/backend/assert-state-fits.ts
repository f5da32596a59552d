import { HasheeError } from '../errors.js';
import type { TrainerState } from '../trainer.js';

/**
 * Compares the tensors of a stored state with those that a trainer has.
 * @throws HasheeError `INVALID_CHECKPOINT`
 */
export function assertStateFits(
  expected: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  given: TrainerState['tensors'],
): void {
  const missing = [...expected.keys()].filter((name) => !given.has(name));
  const foreign = [...given.keys()].filter((name) => !expected.has(name));
  if (missing.length > 0 || foreign.length > 0)
    throw new HasheeError(
      'INVALID_CHECKPOINT',
      `The state belongs to another recipe, model or runtime: it ${missing.length > 0 ? `lacks "${missing[0]}"` : `has "${foreign[0]}", which doesn't train here`}.`,
      { fields: { missing, foreign } },
    );
  for (const [name, { shape }] of expected) {
    const { data, shape: actual } = given.get(name)!;
    if (data.length !== shape.reduce((product, n) => product * n, 1) || actual.join() !== shape.join())
      throw new HasheeError(
        'INVALID_CHECKPOINT',
        `State tensor "${name}" is [${actual.join(', ')}] with ${data.length} values, expected [${shape.join(', ')}].`,
        { fields: { name, expected: shape, actual } },
      );
  }
}
