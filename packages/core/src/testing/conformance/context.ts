import type { Backend, LoadOptions } from '../../backend.js';
import type { Checkpoint } from '../../checkpoint.js';
import type { Encoder } from '../../encoder.js';
import type { Trainer, TrainingSpec } from '../../trainer.js';
import { fail } from '../assertions.js';
import type { Tolerance } from '../tolerance.js';

/** What every case gets. Encoders and trainers are disposed of when the case ends, however it ends. */
export interface ConformanceContext {
  readonly backend: Backend;
  readonly tolerance: Tolerance;
  load(checkpoint: Checkpoint, options?: LoadOptions): Promise<Encoder>;
  createTrainer(checkpoint: Checkpoint, spec: TrainingSpec): Promise<Trainer>;
}

/** One promise of the contract, and how to see whether it is kept. */
export interface CaseDefinition {
  readonly name: string;
  /** Capability without which the case doesn't apply. */
  readonly needs?: 'passes' | 'training';
  run(context: ConformanceContext): Promise<void>;
}

/** Runs a case with a context of its own and cleans up after it. */
export async function runCase(
  definition: CaseDefinition,
  backend: Backend,
  tolerance: Tolerance,
  dtype: string | undefined,
): Promise<void> {
  const open: { dispose(): Promise<void> }[] = [];
  const keep = <T extends { dispose(): Promise<void> }>(resource: T): T => {
    open.push(resource);
    return resource;
  };
  const context: ConformanceContext = {
    backend,
    tolerance,
    load: async (checkpoint, options) =>
      keep(await backend.load(checkpoint, dtype === undefined ? options : { dtype, ...options })),
    createTrainer: async (checkpoint, spec) => {
      if (!backend.createTrainer) return fail('capabilities.training is true, but there is no createTrainer().');
      return keep(await backend.createTrainer(checkpoint, spec));
    },
  };
  try {
    await definition.run(context);
  } finally {
    for (const resource of open) await resource.dispose();
  }
}
