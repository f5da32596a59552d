import type { TokenBatch } from '../../batch.js';
import type { Checkpoint } from '../../checkpoint.js';
import type { ExitTable } from '../../exit-table.js';
import type { HeadTask } from '../../head.js';
import { Random } from '../../random.js';
import type { LossTerm, Targets, Trainer, TrainerState, TrainingSpec } from '../../trainer.js';
import { tinyBatch } from '../tiny-batch.js';
import { tinyCheckpoint, tinyHead } from '../tiny-checkpoint.js';
import { type TinyFamily, tinyConfig } from '../tiny-config.js';

export const TINY_LEARNING_RATE = 1e-3;

export interface TrainingSetup {
  readonly checkpoint: Checkpoint;
  readonly spec: TrainingSpec;
  readonly batch: TokenBatch;
  readonly targets: Targets;
  /** Those that run. @default all */
  readonly layers?: readonly number[] | undefined;
}

export interface SetupOptions {
  readonly family?: TinyFamily;
  readonly task?: HeadTask;
  readonly table?: ExitTable;
  readonly spec?: Partial<TrainingSpec>;
  readonly lengths?: readonly number[];
}

/** Labels that fit a task; every third token has none. */
export function tinyLabels(task: HeadTask, batch: TokenBatch): Int32Array | Float32Array {
  const random = Random.stream(5, batch.inputIds.length);
  const sequences = batch.offsets.length - 1;
  if (task === 'regression') return Float32Array.from({ length: sequences }, () => 2 * random.normal());
  if (task === 'sequence-classification') return Int32Array.from({ length: sequences }, () => random.below(3));
  return batch.inputIds.map((_, t) => (t % 3 === 0 ? -1 : random.below(5)));
}

/** A small model with one head, a batch and its labels, and a recipe without dropout. */
export function trainingSetup(options: SetupOptions = {}): TrainingSetup {
  const { family, task = 'sequence-classification', table, lengths = [4, 1, 7, 2] } = options;
  const of = family ? { family } : {};
  const { layers } = tinyCheckpoint(of).config;
  const checkpoint = tinyCheckpoint({ ...of, heads: [tinyHead(task, layers)], ...(table ? { exitTable: table } : {}) });
  const batch = tinyBatch(checkpoint.config, { lengths });
  const losses: LossTerm[] = [{ head: 'main', kind: task === 'regression' ? 'mse' : 'cross-entropy' }];
  const spec = { seed: 1, losses, dropout: 0, ...options.spec };
  return { checkpoint, spec, batch, targets: { labels: tinyLabels(task, batch) } };
}

/** All present weights, copied. */
export async function copyWeights(trainer: Trainer): Promise<Map<string, Float32Array>> {
  const source = trainer.weights();
  const copies = new Map<string, Float32Array>();
  for (const name of source.names()) copies.set(name, Float32Array.from(await source.read(name)));
  return copies;
}

/** A state that outlives the next update. */
export function copyState({ step, tensors }: TrainerState): TrainerState {
  const copies = Array.from(
    tensors,
    ([name, { shape, data }]) => [name, { shape: [...shape], data: data.slice() }] as const,
  );
  return { step, tensors: new Map(copies) };
}

/** Losses of some steps, each on another batch. */
export async function trainSteps(trainer: Trainer, steps: readonly number[]): Promise<number[]> {
  const losses: number[] = [];
  for (const seed of steps) {
    const batch = tinyBatch(tinyConfig(), { seed, lengths: [4, 1 + (seed % 7), 6] });
    losses.push((await trainer.accumulate(batch, { labels: tinyLabels('sequence-classification', batch) })).loss);
    await trainer.update({ learningRate: TINY_LEARNING_RATE });
  }
  return losses;
}
