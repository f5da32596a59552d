import type { TokenBatch } from '../../batch.js';
import type { Checkpoint } from '../../checkpoint.js';
import { Random } from '../../random.js';
import type { Targets, TrainingSpec } from '../../trainer.js';
import { assertClose, assertEqual, assertTrue, fail } from '../assertions.js';
import { type ReferenceLossOptions, referenceLoss } from '../reference/loss.js';
import { readReferenceWeights } from '../reference/weights.js';
import type { ConformanceContext } from './context.js';
import type { TrainingSetup } from './training-setup.js';

/** Step of the central differences; in float64 their error is far below any tolerance here. */
const STEP = 1e-5;

/** What the reference needs to compute the loss of a recipe on a checkpoint. */
export async function referenceFor(checkpoint: Checkpoint, spec: TrainingSpec): Promise<ReferenceLossOptions> {
  const exitTable = spec.exitTable === undefined ? checkpoint.exitTable : (spec.exitTable ?? undefined);
  const weights = await readReferenceWeights(checkpoint);
  return { config: checkpoint.config, heads: spec.heads ?? checkpoint.heads, losses: spec.losses, weights, exitTable };
}

/** Derivative of the reference's loss when a tensor moves along a direction, by central differences. */
export function slope(
  reference: ReferenceLossOptions,
  batch: TokenBatch,
  targets: Targets,
  values: Float64Array,
  direction: ArrayLike<number>,
): number {
  const kept = values.slice();
  const lossAt = (distance: number): number => {
    for (let i = 0; i < values.length; i++) values[i] = kept[i] + distance * direction[i];
    return referenceLoss(reference, batch, targets).loss;
  };
  const result = (lossAt(STEP) - lossAt(-STEP)) / (2 * STEP);
  values.set(kept);
  return result;
}

/**
 * Loss, terms and gradient of one batch against the reference. Each tensor is moved along a random direction with no
 * zero in it, so that an error in any entry shows.
 */
export async function checkGradient(
  { createTrainer, tolerance }: ConformanceContext,
  { checkpoint, spec, batch, targets }: TrainingSetup,
  what: string,
): Promise<void> {
  const reference = await referenceFor(checkpoint, spec);
  const trainer = await createTrainer(checkpoint, spec);
  const { loss, terms } = await trainer.accumulate(batch, targets);
  const expected = referenceLoss(reference, batch, targets);
  const lossTolerance = tolerance.loss * Math.max(1, Math.abs(expected.loss));
  assertClose([loss], [expected.loss], lossTolerance, `${what}, loss`);
  assertClose(terms, expected.terms, lossTolerance, `${what}, terms`);

  const random = new Random(3);
  const slopes = Array.from(reference.weights, ([name, values]) => {
    const gradient = trainer.gradient(name);
    assertEqual(gradient.length, values.length, `${what}, gradient of ${name}: length`);
    const direction = values.map(() => random.normal());
    const analytic = gradient.reduce((sum, g, i) => sum + g * direction[i], 0);
    return { name, analytic, numeric: slope(reference, batch, targets, values, direction) };
  });
  const scale = Math.max(...slopes.map(({ numeric }) => Math.abs(numeric)));
  assertTrue(scale > 1e-3, `${what}: all gradients vanish, so nothing would be tested.`);
  for (const { name, analytic, numeric } of slopes)
    if (!(Math.abs(analytic - numeric) <= tolerance.gradient * Math.max(1, scale)))
      fail(`${what}: the gradient of ${name} gives a slope of ${analytic}, finite differences give ${numeric}.`, {
        name,
        analytic,
        numeric,
      });
}
