import type { Checkpoint } from '@hashee/core';
import type { Method, TrainContext } from '../method.js';
import { finalHead } from './exit-heads.js';
import { assertTask } from './exit-method.js';
import { ForwardRunner } from './forward-runner.js';
import { assertStages } from './stage-options.js';

/** What makes a static method: how its model comes about. */
export interface StaticMethodDefinition extends Pick<Method, 'name' | 'title' | 'source' | 'tasks' | 'stages'> {
  /** @default 'static' */
  readonly family?: Method['family'] | undefined;
  /** @default true */
  readonly perSpeedup?: boolean | undefined;
  train(context: TrainContext): Promise<Checkpoint>;
}

/** A method with one model, which runs as it is. */
export function staticMethod(definition: StaticMethodDefinition): Method {
  const { name, title, source, tasks, stages, family = 'static', perSpeedup = true } = definition;
  return {
    specificationVersion: 'v1',
    ...{ name, title, source, tasks, stages, family, perSpeedup, recipe: name },
    async train(context) {
      assertTask({ title, tasks }, context);
      assertStages({ title, stages }, context);
      const main = await definition.train(context);
      const dense = { config: context.model.config, head: finalHead(context) };
      return { recipe: name, models: { main }, parameters: {}, dense };
    },
    open: async ({ models, dense }, backend) => new ForwardRunner(await backend.load(models['main']), dense),
  };
}
