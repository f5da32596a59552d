import {
  assertTableFits,
  countTargets,
  type ExitTable,
  HasheeError,
  MemoryWeights,
  type SequenceToSequenceExample,
  type SequenceToSequenceTrainingSpec,
  throwIfAborted,
} from '@hashee/core';
import { digestModel, digestSequences, digestTable } from '../digest.js';
import { executeRun } from '../execute-run.js';
import type { Identity } from '../identity.js';
import { Plan } from '../plan.js';
import { number, type RunRecipe, resolveRun } from '../run-recipe.js';
import { sequenceToSequenceLearner } from './sequence-to-sequence-learner.js';
import type { SequenceToSequenceTrainOptions, SequenceToSequenceTrainResult } from './sequence-to-sequence-options.js';
import { withTied } from './tied-vocabulary.js';
import { validateExamples } from './validate-examples.js';

const LABEL_SMOOTHING = 0.1;

/**
 * Trains an encoder-decoder by teacher forcing: the same loop as `train`, with the same batches, schedule, selection and way to go on
 * after an interruption. The loss is a mean over the labels of an update.
 * @throws HasheeError `INVALID_ARGUMENT` (options, data, a directory with another run, or where one is at work), `TABLE_MISMATCH`, `UNSUPPORTED` (a backend that
 * can't train encoder-decoders), `ABORTED` (fields `step`, `steps`, `checkpoint`), `INVALID_CHECKPOINT`, `NOT_FOUND` (nothing to
 * resume), `IO`, `RUNTIME` (diverged), and what backend and evaluator throw
 */
export async function trainSequenceToSequence(
  options: SequenceToSequenceTrainOptions,
): Promise<SequenceToSequenceTrainResult> {
  const { backend, model } = options;
  if (!backend.createSequenceToSequenceTrainer)
    throw new HasheeError(
      'UNSUPPORTED',
      `The runtime ${backend.name} can't train encoder-decoders. Use one that can, such as onnx() of @hashee/runtime-onnx.`,
      { fields: { backend: backend.name } },
    );
  const recipe = resolveRun(options);
  const labelSmoothing = number('labelSmoothing', options.labelSmoothing ?? LABEL_SMOOTHING, 0, 1);
  const { encoder, decoder, sourceSegment } = model.config;
  const exitTable = chosen(options.exitTable, model.exitTable);
  const decoderExitTable = chosen(options.decoderExitTable, model.decoderExitTable);
  if (exitTable) assertTableFits(exitTable, encoder);
  if (decoderExitTable) assertTableFits(decoderExitTable, { layers: decoder.layers, vocabSize: encoder.vocabSize });
  validateExamples(options.trainSet, model.config);
  const trainSet = options.trainSet.map((example) => ({
    ...example,
    tokenTypeIds: example.tokenTypeIds ?? new Uint8Array(example.inputIds.length).fill(sourceSegment),
  }));
  const plan = planOf(trainSet, recipe);
  if (plan.steps === 0) throw new HasheeError('INVALID_ARGUMENT', 'No training example has a label that counts.');
  const spec: SequenceToSequenceTrainingSpec = {
    seed: recipe.seed,
    exitTable: exitTable ?? null,
    decoderExitTable: decoderExitTable ?? null,
    labelSmoothing,
    optimizer: options.optimizer,
    dropout: options.dropout,
    trainable: options.trainable,
  };
  return executeRun<SequenceToSequenceTrainResult>({
    options,
    recipe,
    plan,
    identity: () => identityOf(options, recipe, trainSet, spec),
    learner: async () => {
      throwIfAborted(options.signal, 'Training');
      const trainer = await backend.createSequenceToSequenceTrainer!(model, spec);
      return sequenceToSequenceLearner(trainer, options, trainSet);
    },
    result: ({ step, weights, ...rest }) => ({
      model: {
        config: model.config,
        weights: new MemoryWeights(withTied(weights, model.config)),
        ...(exitTable ? { exitTable } : {}),
        ...(decoderExitTable ? { decoderExitTable } : {}),
      },
      steps: step,
      ...rest,
    }),
    save: options.save,
  });
}

function chosen(option: ExitTable | null | undefined, own: ExitTable | undefined): ExitTable | undefined {
  return option === undefined ? own : (option ?? undefined);
}

/** Batches are made by the lengths of sources and outputs together. */
function planOf(trainSet: readonly SequenceToSequenceExample[], recipe: RunRecipe): Plan {
  const useful = Int32Array.from(trainSet.keys()).filter((index) => countTargets(trainSet[index].labels) > 0);
  const lengths = useful.map((index) => trainSet[index].inputIds.length + trainSet[index].labels.length);
  return new Plan(useful, lengths, recipe);
}

async function identityOf(
  { backend, model, dev, metric }: SequenceToSequenceTrainOptions,
  { checkpointEvery: _checkpointEvery, ...settings }: RunRecipe,
  trainSet: readonly SequenceToSequenceExample[],
  spec: SequenceToSequenceTrainingSpec,
): Promise<Identity> {
  const identity = {
    kind: 'sequence-to-sequence',
    backend: backend.name,
    model: await digestModel(model),
    trainSet: digestSequences(trainSet.map(({ labels, ...source }) => ({ ...source, label: Int32Array.from(labels) }))),
    dev: dev?.fingerprint ?? null,
    metric: metric ?? null,
    exitTable: spec.exitTable ? digestTable(spec.exitTable) : null,
    decoderExitTable: spec.decoderExitTable ? digestTable(spec.decoderExitTable) : null,
    labelSmoothing: spec.labelSmoothing,
    optimizer: spec.optimizer ?? null,
    dropout: spec.dropout ?? null,
    trainable: spec.trainable ?? null,
    ...settings,
    patience: settings.patience ?? null,
  };
  return JSON.parse(JSON.stringify(identity)) as Identity;
}
