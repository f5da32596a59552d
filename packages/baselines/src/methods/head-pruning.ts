import { join } from 'node:path';
import { type Backend, type Checkpoint, HasheeError } from '@hashee/core';
import { readStoredJson, writeWhole } from '@hashee/eval/files';
import { digestModel, digestSequences } from '@hashee/train';
import { denseModel } from '../machinery/dense-model.js';
import { finalHead } from '../machinery/exit-heads.js';
import { assertTask } from '../machinery/exit-method.js';
import { ForwardRunner } from '../machinery/forward-runner.js';
import { headImportance, keptHeads } from '../machinery/head-importance.js';
import { CLASSIFICATION_AND_REGRESSION } from '../machinery/losses.js';
import { pruneHeads } from '../machinery/prune-heads.js';
import { requireSetting } from '../machinery/require-setting.js';
import { assertStages, DENSE_STAGE } from '../machinery/stage-options.js';
import type { DenseReference, Method, Runner, RunOptions, TrainContext } from '../method.js';

const title = 'Head pruning';
/** Sequences whose gradients are looked at. */
const LIMIT = 4096;
const STAGES = [DENSE_STAGE];

/** The dense model without its least important attention heads, not trained again; the share that goes is the setting. */
export const headPruning: Method = {
  specificationVersion: 'v1',
  name: 'head-pruning',
  title,
  family: 'static',
  source: 'Michel et al., NeurIPS 2019',
  tasks: CLASSIFICATION_AND_REGRESSION,
  recipe: 'head-pruning',
  stages: STAGES,
  perSpeedup: false,
  async train(context) {
    assertTask({ title, tasks: CLASSIFICATION_AND_REGRESSION }, context);
    assertStages({ title, stages: STAGES }, context);
    const main = await denseModel(context);
    const importance = await storedImportance(context, main);
    const dense = { config: context.model.config, head: finalHead(context) };
    return { recipe: 'head-pruning', models: { main }, parameters: { importance }, dense };
  },
  open: async ({ models, parameters, dense }, backend) =>
    pruningRunner(backend, models['main'], parameters['importance'] as number[][], dense),
};

/** Computed once for a folder, a model and the sequences that are looked at. */
async function storedImportance(context: TrainContext, model: Checkpoint): Promise<number[][]> {
  const path = join(context.directory, 'importance.json');
  const of = { model: await digestModel(model), sequences: digestSequences(context.trainSet.slice(0, LIMIT)) };
  const stored = await readStoredJson(path);
  const { of: found, importance: known } = Object(stored) as { readonly of?: unknown; readonly importance?: unknown };
  const sound =
    JSON.stringify(found) === JSON.stringify(of) &&
    Array.isArray(known) &&
    known.length === model.config.layers &&
    known.every((row, i) => Array.isArray(row) && row.length === model.config.heads[i] && row.every(Number.isFinite));
  if (sound) return known as number[][];
  const importance = await headImportance(context, model, LIMIT);
  await writeWhole(path, JSON.stringify({ of, importance }));
  return importance;
}

/** One model at a time is loaded; another setting loads another. */
function pruningRunner(
  backend: Backend,
  model: Checkpoint,
  importance: readonly (readonly number[])[],
  dense: DenseReference,
): Runner {
  let loaded: { readonly share: number; readonly runner: ForwardRunner } | undefined;
  const knob = 'share of heads pruned';
  const settings = Array.from({ length: 11 }, (_, i) => i / 10);
  const at = async (share: number, { signal }: RunOptions = {}): Promise<ForwardRunner> => {
    if (loaded?.share === share) return loaded.runner;
    await loaded?.runner.dispose();
    loaded = undefined;
    const encoder = await backend.load(pruneHeads(model, keptHeads(importance, share)), { exitTable: null, signal });
    loaded = { share, runner: new ForwardRunner(encoder, dense) };
    return loaded.runner;
  };
  const runner: Runner = {
    knob,
    settings,
    head: dense.head,
    dense,
    async prepare(setting, options) {
      await at(requireSetting(runner, setting), options);
    },
    run: async (batch, setting, options) =>
      (await at(requireSetting(runner, setting), options)).run(batch, undefined, options),
    async record(batches, options) {
      const recordings = [];
      for (const share of settings) recordings.push(await (await at(share, options)).record(batches, options));
      return { ...recordings[0], stops: recordings.flatMap(({ stops }) => stops) };
    },
    stopAt(_recording, _row, setting) {
      const share = requireSetting(runner, setting);
      const index = settings.indexOf(share);
      if (index < 0)
        throw new HasheeError('INVALID_ARGUMENT', `Recorded were the shares ${settings.join(', ')}, not ${share}.`);
      return index;
    },
    dispose: async () => {
      await loaded?.runner.dispose();
      loaded = undefined;
    },
  };
  return runner;
}
