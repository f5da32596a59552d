import { encoderOnly, labelLoss } from '@hashee/baselines';
import type { Encoder, LabelledSequence } from '@hashee/core';
import { encodeDataset, evaluate, loadTask } from '@hashee/eval';
import { digestSequences, mainHead, train } from '@hashee/train';
import type { HumanResult } from '../results/result.js';
import { type StudyContext, showUpdates, workFolder } from './study-context.js';

/** Pairs on which annotators agreed or not: a linear classifier on the encoder; how well it fits them, and others. */
export async function runHuman(context: StudyContext): Promise<HumanResult> {
  const { settings, backend, model, seed, data, signal } = context;
  const { batchSize, learningRate, maxLength, human } = settings;
  const task = await loadTask('snli-human-difficulty', { directory: data, signal });
  const trainSet = await encodeDataset(task.train, model.tokenizer, { maxLength, signal });
  const dev = await encodeDataset(task.dev, model.tokenizer, { maxLength, signal });
  const head = mainHead(model.config, 'sequence-classification', dev.labels);
  const accuracyOn = async (encoder: Encoder, dataset: typeof dev): Promise<number> =>
    (await evaluate(encoder, dataset, { metrics: ['accuracy'], signal })).metrics['accuracy'];
  const digests = [trainSet, dev].map(({ sequences }) => digestSequences(sequences));
  const recipe = { epochs: human.epochs, batchSize, learningRate };
  const { history } = await train({
    ...recipe,
    ...{ backend, seed, signal },
    model: encoderOnly(model),
    heads: [head],
    losses: [labelLoss(head)],
    exitTable: null,
    trainSet: trainSet.sequences,
    dev: {
      fingerprint: `both ${digests.join()}`,
      async evaluate(encoder) {
        const metrics = { train: await accuracyOn(encoder, trainSet), dev: await accuracyOn(encoder, dev) };
        return { metrics, score: metrics.dev };
      },
    },
    directory: workFolder(context, 'human', [digests, recipe]),
    onEvent: showUpdates(context, 'classifier of pairs'),
  });
  const frequent = shareOf(trainSet.sequences, 1) >= 0.5 ? 1 : 0;
  return {
    train: trainSet.sequences.length,
    dev: dev.sequences.length,
    majority: { train: shareOf(trainSet.sequences, frequent), dev: shareOf(dev.sequences, frequent) },
    epochs: history.map(({ epoch, loss, metrics }) => ({
      epoch: Math.round(epoch),
      loss,
      train: metrics['train'],
      dev: metrics['dev'],
    })),
  };
}

function shareOf(sequences: readonly LabelledSequence[], label: number): number {
  return sequences.filter((sequence) => sequence.label === label).length / sequences.length;
}
