import { type Checkpoint, HasheeError } from '@hashee/core';
import type { Method, TrainContext } from '../method.js';
import type { ExitPolicy } from '../policies/exit-policy.js';
import { finalHead } from './exit-heads.js';
import { ExitRunner } from './exit-runner.js';
import { assertStages } from './stage-options.js';

/** What makes an exit method: a recipe and a policy. */
export interface ExitMethodDefinition
  extends Pick<Method, 'name' | 'title' | 'source' | 'tasks' | 'stages' | 'revision'> {
  /** @default the name */
  readonly recipe?: string | undefined;
  readonly policy: ExitPolicy;
  /** Returns a model with the head `main` above the last layer and `exit1`, `exit2`, ... above the others. */
  train(context: TrainContext): Promise<Checkpoint>;
}

/** A method whose sequences leave one model at internal classifiers. */
export function exitMethod(definition: ExitMethodDefinition): Method {
  const { name, title, source, tasks, stages, revision, policy } = definition;
  const recipe = definition.recipe ?? name;
  return {
    specificationVersion: 'v1',
    ...{ name, title, source, tasks, stages, recipe, revision },
    family: 'exit',
    perSpeedup: false,
    async train(context) {
      assertTask({ title, tasks }, context);
      assertStages({ title, stages }, context);
      const main = await definition.train(context);
      const dense = { config: context.model.config, head: finalHead(context) };
      return { recipe, models: { main }, parameters: {}, dense };
    },
    open: async ({ models, dense }, backend) => {
      const encoder = await backend.load(models['main'], { exitTable: null });
      try {
        return new ExitRunner(encoder, policy, dense);
      } catch (error) {
        await encoder.dispose();
        throw error;
      }
    },
  };
}

/** @throws HasheeError `UNSUPPORTED` */
export function assertTask(
  { title, tasks }: Pick<Method, 'title' | 'tasks'>,
  { dev }: Pick<TrainContext, 'dev'>,
): void {
  if (!tasks.includes(dev.task))
    throw new HasheeError('UNSUPPORTED', `${title} is for ${tasks.join(' and ')}, not for ${dev.task}.`, {
      fields: { task: dev.task, tasks },
    });
}
