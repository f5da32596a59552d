import { exitLayersOf, type TokenBatch } from '../../batch.js';
import type { Checkpoint } from '../../checkpoint.js';
import { Random } from '../../random.js';
import type { Targets, TrainingSpec } from '../../trainer.js';
import { assertClose, assertEqual, assertTrue, fail } from '../assertions.js';
import { type ReferenceLossOptions, referenceLoss } from '../reference/loss.js';
import { readReferenceWeights, tensor } from '../reference/weights.js';
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

/** A direction for some tensors to move along, by name. */
export type Direction = ReadonlyMap<string, ArrayLike<number>>;

/** Derivative of the reference's loss when its weights move along a direction, by central differences. */
export function slope(
  reference: ReferenceLossOptions,
  batch: TokenBatch,
  targets: Targets,
  direction: Direction,
): number {
  const lossAt = (distance: number): number => {
    const weights = new Map(reference.weights);
    for (const [name, along] of direction)
      weights.set(
        name,
        tensor(weights, name).map((value, i) => value + distance * along[i]),
      );
    return referenceLoss({ ...reference, weights }, batch, targets).loss;
  };
  return (lossAt(STEP) - lossAt(-STEP)) / (2 * STEP);
}

/** `layers.2`, `heads.main`, `embeddings.word`, ...: tensors that are checked together. */
function partOf(name: string): string {
  return name.split('.').slice(0, 2).join('.');
}

/**
 * What gradient equilibrium multiplies the gradient of a part by, where no two layers share weights: the factors
 * 1/(L - k + 1) and L - k on the way down to layer l cancel but for 1/(L - l + 1).
 */
function equilibrium(part: string, L: number): number {
  if (part.startsWith('heads.')) return 1;
  return 1 / (part.startsWith('layers.') ? L - Number(part.slice('layers.'.length)) + 1 : L);
}

/** Guards the case itself: where exits are given they must change the loss, or ignoring them would go unnoticed. */
function assertExitsMatter(
  reference: ReferenceLossOptions,
  batch: TokenBatch,
  targets: Targets,
  loss: number,
  what: string,
): void {
  const { layers } = reference.config;
  const given = exitLayersOf(batch, layers, reference.exitTable);
  if (given.every((exit) => exit === layers)) return;
  const exitLayers = new Uint8Array(given.length).fill(layers);
  const dense = referenceLoss(reference, { ...batch, exitLayers }, targets).loss;
  assertTrue(Math.abs(loss - dense) > 1e-3, `${what}: the exits must change the loss, it is ${loss} with and without.`);
}

/**
 * Loss, terms and gradient of one batch against the reference. Each part of the model is moved along a random direction
 * with no zero in it, so that an error in any entry shows.
 */
export async function checkGradient(
  { createTrainer, tolerance }: ConformanceContext,
  { checkpoint, spec, batch, targets, layers }: TrainingSetup,
  what: string,
): Promise<void> {
  const reference = { ...(await referenceFor(checkpoint, spec)), layers };
  const trainer = await createTrainer(checkpoint, spec);
  const { loss, terms } = await trainer.accumulate(batch, targets, layers ? { layers } : {});
  const expected = referenceLoss(reference, batch, targets);
  assertExitsMatter(reference, batch, targets, expected.loss, what);
  const lossTolerance = tolerance.loss * Math.max(1, Math.abs(expected.loss));
  assertClose([loss], [expected.loss], lossTolerance, `${what}, loss`);
  assertClose(terms, expected.terms, lossTolerance, `${what}, terms`);

  const random = new Random(3);
  const parts = new Map<string, { direction: Map<string, Float64Array>; analytic: number }>();
  for (const [name, values] of reference.weights) {
    const gradient = trainer.gradient(name);
    assertEqual(gradient.length, values.length, `${what}, gradient of ${name}: length`);
    const along = values.map(() => random.normal());
    const part = parts.get(partOf(name)) ?? { direction: new Map(), analytic: 0 };
    part.direction.set(name, along);
    part.analytic += gradient.reduce((sum, g, i) => sum + g * along[i], 0);
    parts.set(partOf(name), part);
  }
  const slopes = Array.from(parts, ([part, { direction, analytic }]) => {
    const factor = spec.gradientEquilibrium ? equilibrium(part, reference.config.layers) : 1;
    return { part, analytic, numeric: factor * slope(reference, batch, targets, direction) };
  });
  const scale = Math.max(...slopes.map(({ numeric }) => Math.abs(numeric)));
  assertTrue(scale > 1e-3, `${what}: all gradients vanish, so nothing would be tested.`);
  for (const { part, analytic, numeric } of slopes)
    if (!(Math.abs(analytic - numeric) <= tolerance.gradient * Math.max(1, scale)))
      fail(`${what}: the gradient of ${part} gives a slope of ${analytic}, finite differences give ${numeric}.`, {
        part,
        analytic,
        numeric,
      });
}
