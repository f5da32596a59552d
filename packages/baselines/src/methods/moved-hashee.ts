import { join } from 'node:path';
import { adapt, digestTeacher } from '@hashee/train';
import { denseModel } from '../machinery/dense-model.js';
import { finalHead } from '../machinery/exit-heads.js';
import { assertTask } from '../machinery/exit-method.js';
import { ForwardRunner } from '../machinery/forward-runner.js';
import { CLASSIFICATION_AND_REGRESSION, labelLoss, teacherLoss } from '../machinery/losses.js';
import { requireSpeedup } from '../machinery/require-speedup.js';
import { assertStages, DENSE_STAGE, SELECTION, stageOptions } from '../machinery/stage-options.js';
import { trainStage } from '../machinery/train-stage.js';
import type { Method, MethodStage } from '../method.js';
import { exitTableForSpeedup, type HasheeHash } from './hashee.js';

const STAGES: readonly MethodStage[] = [
  DENSE_STAGE,
  // `adapt` knows no dev and no dropout, and steps as `train` does by default.
  { name: 'move', per: 'speedup', without: [...SELECTION, 'dropout', 'optimizer'] },
  { name: 'exits', per: 'speedup' },
];

/**
 * HashEE from a model that knows the task: the dense model first learns to say with exits what it says without, on the training
 * texts without their labels (`adapt`, stage `move`); then it is fine-tuned with exits, half by the labels and half by the dense
 * model at temperature 2. The paper's own encoder was pretrained with exits; this makes up for one that wasn't.
 */
export function movedHashee(hash: Exclude<HasheeHash, 'random-inconsistent'> = 'frequency'): Method {
  const name = `hashee-${hash}-moved`;
  const title = `HashEE (${hash}), moved and taught`;
  return {
    specificationVersion: 'v1',
    ...{ name, title, recipe: name, stages: STAGES },
    source: 'Sun et al., Findings of ACL 2022; moving and teaching are of this project',
    family: 'hash',
    tasks: CLASSIFICATION_AND_REGRESSION,
    perSpeedup: true,
    async train(context) {
      assertTask({ title, tasks: CLASSIFICATION_AND_REGRESSION }, context);
      assertStages({ title, stages: STAGES }, context);
      const { backend, seed, signal, onEvent } = context;
      const speedup = requireSpeedup(context);
      const exitTable = await exitTableForSpeedup(context, hash, speedup);
      const tuned = await denseModel(context);
      const stage = `move-${speedup}`;
      const { batchSize, accumulation, checkpointEvery } = context.recipe ?? {};
      const moved = await adapt({
        backend,
        model: tuned,
        exitTable,
        texts: context.trainSet.map(({ inputIds, tokenTypeIds }) => ({ inputIds, tokenTypeIds })),
        ...{ epochs: 4, learningRate: 2e-4, batchSize, accumulation, checkpointEvery, seed, signal },
        ...stageOptions(context, stage),
        directory: join(context.directory, stage),
        onEvent: (event) => onEvent?.({ stage, event }),
      });
      const head = finalHead(context);
      const teacher = await backend.load(tuned, { exitTable: null, signal });
      try {
        const main = await trainStage(context, {
          name: `exits-${speedup}`,
          model: moved.model,
          heads: [head],
          losses: [labelLoss(head, { weight: 0.5 }), teacherLoss(head, { weight: 0.5, temperature: 2 })],
          exitTable,
          teacher,
          teacherFingerprint: await digestTeacher(tuned),
        });
        const dense = { config: context.model.config, head };
        return { recipe: name, models: { main }, parameters: { hash: { ...exitTable.hash } }, dense };
      } finally {
        await teacher.dispose();
      }
    },
    open: async ({ models, dense }, backend) => new ForwardRunner(await backend.load(models['main']), dense),
  };
}
