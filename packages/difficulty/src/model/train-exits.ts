import { berxitLosses, encoderOnly, errorUnits, exitHeads, labelLoss } from '@hashee/baselines';
import type { Backend, Checkpoint, HeadConfig, LabelledSequence, LossTerm } from '@hashee/core';
import { type DevEvaluator, mainHead, type TrainEvent, type TrainResult, train } from '@hashee/train';

/** What every training of the study is told. */
export interface TrainingContext {
  readonly backend: Backend;
  /** The pretrained encoder. */
  readonly model: Checkpoint;
  readonly seed: number;
  /** Of the run; the same call goes on with it. */
  readonly directory: string;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: TrainEvent) => void) | undefined;
}

/** A model whose every layer answers. */
export interface ExitTraining extends TrainingContext {
  /** `joint` is the study's: the sum of all losses. `berxit` trains units besides that learn where to leave. */
  readonly recipe: 'joint' | 'berxit';
  readonly task: 'sequence-classification' | 'token-classification';
  readonly labels: readonly string[];
  readonly trainSet: readonly LabelledSequence[];
  /** Selects the weights. @default the last ones are kept */
  readonly dev?: DevEvaluator | undefined;
  /** In updates. @default after every epoch */
  readonly evaluateEvery?: number | undefined;
}

/** Classifiers on all layers, shaped alike: a tanh layer each for sequences, none (and no dropout) for tokens. */
export function classifiers(
  { config }: Checkpoint,
  task: ExitTraining['task'],
  labels: readonly string[],
): HeadConfig[] {
  const usual = mainHead(config, task, labels);
  const main = task === 'token-classification' ? { ...usual, dropout: 0 } : usual;
  return [...exitHeads(main, config), main];
}

/** @throws HasheeError as `train` of `@hashee/train` */
export function trainExits(options: ExitTraining): Promise<TrainResult> {
  const { recipe, task, labels, model, trainSet, dev, evaluateEvery, ...common } = options;
  const answers = classifiers(model, task, labels);
  const main = answers.at(-1)!;
  const units = recipe === 'berxit' ? errorUnits(answers) : [];
  const losses: LossTerm[] =
    recipe === 'berxit' ? berxitLosses(main, answers.slice(0, -1), units) : answers.map((head) => labelLoss(head));
  return train({
    ...common,
    model: encoderOnly(model),
    heads: [...answers, ...units],
    losses,
    exitTable: null,
    trainSet,
    dev,
    evaluateEvery: evaluateEvery ?? 'epoch',
  });
}
