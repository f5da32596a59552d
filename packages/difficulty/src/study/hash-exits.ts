import { encoderOnly, execute, exitTableForSpeedup, hashee, labelLoss, type TrainContext } from '@hashee/baselines';
import { evaluator } from '@hashee/eval';
import { digestSequences, mainHead, train } from '@hashee/train';
import { sameLayer, sameTypeSameLayer, type TokenExits } from '../exits/consistency.js';
import { createProbe } from '../exits/probe.js';
import { type Executor, executedExits, ordinaryTokens } from '../exits/token-exits.js';
import type { ConsistencyResult, ExitMethodResult } from '../results/result.js';
import type { SentenceData } from './sentence-model.js';
import { type StudyContext, showUpdates, workFolder } from './study-context.js';

type StudiedHash = 'frequency' | 'random-inconsistent';

/** A hash as the comparison shows it, and how consistent its exits are. */
export interface HashOutcome {
  readonly method: ExitMethodResult;
  readonly consistency: ConsistencyResult;
}

const TITLES = {
  frequency: 'HashEE, frequency',
  'random-inconsistent': 'HashEE, random for each occurrence',
} as const;

/** Trains a model whose tokens exit by a hash at a wanted speed-up, and runs it on the pairs that exits are judged by. */
export async function runHash(
  context: StudyContext,
  data: SentenceData,
  hash: StudiedHash,
  target: number,
): Promise<HashOutcome> {
  const { backend } = context;
  const method = hashee(hash);
  const { trained, sameInstance, training, inference } =
    hash === 'frequency' ? await trainByTable(context, data, target) : await trainByOccurrence(context, data, target);
  const runner = await method.open(trained, backend);
  try {
    const { metrics, meanExit, speedup } = await execute(runner, data.annotated.test, undefined, {
      metrics: ['accuracy'],
      signal: context.signal,
    });
    const outcome = { accuracy: metrics['accuracy'], meanExit, speedup };
    const title = TITLES[hash];
    const ordinary = (exits: TokenExits): TokenExits => ordinaryTokens(exits, context.model.tokenizer.specialIds);
    return {
      method: {
        ...{ name: `hashee-${hash}`, title, kind: 'hash' },
        points: [{ target, ...outcome, reached: speedup >= 0.98 * target }],
        curve: [outcome],
      },
      consistency: {
        ...{ name: `hashee-${hash}`, title, unit: 'token', sameInstance },
        sameType: sameTypeSameLayer(ordinary(training), ordinary(inference)) ?? 0,
      },
    };
  } finally {
    await runner.dispose();
  }
}

interface TrainedHash {
  readonly trained: Parameters<ReturnType<typeof hashee>['open']>[0];
  readonly sameInstance: ConsistencyResult['sameInstance'];
  readonly training: TokenExits;
  readonly inference: TokenExits;
}

function trainContext(
  context: StudyContext,
  { train: trainSet, select }: SentenceData,
  directory: string,
): TrainContext {
  const { backend, model, seed, signal, settings } = context;
  return {
    ...{ backend, seed, directory, signal },
    model: encoderOnly(model),
    trainSet: trainSet.sequences,
    dev: select,
    vocabulary: model.tokenizer,
    recipe: {
      epochs: settings.sentence.epochs,
      batchSize: settings.sentence.batchSize,
      learningRate: settings.learningRate,
    },
  };
}

function ingredients(
  { settings }: StudyContext,
  { train: trainSet, select, probed }: SentenceData,
  target: number,
): unknown {
  const { learningRate, sentence } = settings;
  const { batchSize } = sentence;
  const digests = [trainSet.sequences, select.sequences, probed].map(digestSequences);
  return [{ epochs: sentence.epochs, batchSize, learningRate, target }, digests];
}

/** Every token of a type exits at one layer. Its exits are seen in training, from the weights on their way. */
async function trainByTable(context: StudyContext, data: SentenceData, target: number): Promise<TrainedHash> {
  const { backend, model, seed, signal, settings } = context;
  const directory = workFolder(context, 'snli-hash-frequency', ingredients(context, data, target));
  const how = trainContext(context, data, directory);
  const exitTable = await exitTableForSpeedup(how, 'frequency', target);
  const head = mainHead(model.config, 'sequence-classification', data.train.labels);
  const judge = evaluator(data.select, { metrics: ['accuracy'] });
  const probe = createProbe(directory, async (encoder) => [
    ...Array.from((await executedExits(encoder, data.probed, settings.sentence.batchSize, signal)).layers),
  ]);
  const show = showUpdates(context, `hash exits, ${target}x`);
  const stepsPerEpoch = Math.ceil(data.train.sequences.length / settings.sentence.batchSize);
  const { model: main } = await train({
    ...{ backend, seed, signal, directory, exitTable },
    epochs: settings.sentence.epochs,
    batchSize: settings.sentence.batchSize,
    learningRate: settings.learningRate,
    model: how.model,
    heads: [head],
    losses: [labelLoss(head)],
    trainSet: how.trainSet,
    evaluateEvery: Math.max(1, Math.ceil(stepsPerEpoch / 2)),
    dev: {
      ...judge,
      async evaluate(encoder, options) {
        await probe.look(encoder);
        return judge.evaluate(encoder, options);
      },
    },
    onEvent: (event) => {
      probe.onEvent(event);
      show(event);
    },
  });
  const plain = (exits: TokenExits): TokenExits => ordinaryTokens(exits, model.tokenizer.specialIds);
  const encoder = await backend.load(main);
  try {
    // In batches of another size: who shares a batch must not matter.
    const training = await executedExits(encoder, data.probed, 8, signal);
    return {
      trained: {
        recipe: 'hashee-frequency',
        models: { main },
        parameters: { hash: { ...exitTable.hash } },
        dense: { config: model.config, head },
      },
      sameInstance: (await probe.records()).map(({ step, values }) => ({
        epoch: step / stepsPerEpoch,
        share: sameLayer(plain({ types: training.types, layers: values }).layers, plain(training).layers),
      })),
      training,
      inference: await executedExits(encoder, data.annotated.test.sequences, 8, signal),
    };
  } finally {
    await encoder.dispose();
  }
}

/**
 * Every occurrence has a layer of its own, drawn by the content of its pair: a pair that was trained on exits at inference as it
 * did in training, so instances that were seen twice say nothing of it.
 */
async function trainByOccurrence(context: StudyContext, data: SentenceData, target: number): Promise<TrainedHash> {
  const { backend, signal } = context;
  const directory = workFolder(context, 'snli-hash-random-inconsistent', ingredients(context, data, target));
  const show = showUpdates(context, `exits at random, ${target}x`);
  const method = hashee('random-inconsistent');
  const trained = await method.train({
    ...trainContext(context, data, directory),
    speedup: target,
    onEvent: ({ event }) => show(event),
  });
  const runner = await method.open(trained, backend);
  const executor: Executor = {
    async forward(batch, options) {
      const { accounts } = await runner.run(batch, undefined, options);
      return { account: accounts[0] };
    },
  };
  try {
    return {
      trained,
      sameInstance: [],
      training: await executedExits(executor, data.probed, 8, signal),
      inference: await executedExits(executor, data.annotated.test.sequences, 8, signal),
    };
  } finally {
    await runner.dispose();
  }
}
