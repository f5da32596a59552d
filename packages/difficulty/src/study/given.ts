import type { Tokenizer } from '@hashee/core';
import { loadTask, type MultiLabelExample } from '@hashee/eval';
import type { BitExample } from '../bits/bit-set.js';
import { evenly } from '../data/evenly.js';
import { splitGroups } from '../data/split-groups.js';
import type { BitsResult } from '../results/result.js';
import { judgePredictors } from './judge-predictors.js';
import { describeSplit } from './sentence.js';
import { studiedPredictors } from './studied-predictors.js';
import type { StudyContext } from './study-context.js';

const LAYERS = 12;

/** The published bits of a model with twelve exits, as they are: predicted by an encoder of fewer layers. */
export async function runGiven(context: StudyContext): Promise<BitsResult> {
  const { settings, model, data, seed, signal } = context;
  const { given, maxLength } = settings;
  const task = await loadTask('snli-model-difficulty', { directory: data, signal });
  const premise = ({ text }: MultiLabelExample): string => (typeof text === 'string' ? text : text[0]);
  const [dev, rest] = splitGroups(task.train.examples, premise, [given.dev], seed);
  const part = (examples: readonly MultiLabelExample[]): BitsSetOfPairs => ({
    level: 'sentence',
    layers: LAYERS,
    examples: examples.map((example) => pairWithBits(example, model.tokenizer, maxLength)),
  });
  const split = { train: part(evenly(rest, given.train)), dev: part(dev), test: part(task.dev.examples) };
  const studied = await studiedPredictors(context, { epochs: given.epochs, encoderBatch: given.batchSize }, false);
  return { ...describeSplit(split), predictors: await judgePredictors(context, studied, split) };
}

interface BitsSetOfPairs {
  readonly level: 'sentence';
  readonly layers: number;
  readonly examples: BitExample[];
}

function pairWithBits({ text, labels = [] }: MultiLabelExample, tokenizer: Tokenizer, maxLength: number): BitExample {
  const { inputIds, tokenTypeIds } = tokenizer.encode(text, { maxLength });
  return {
    inputIds,
    tokenTypeIds,
    positions: Int32Array.of(0),
    bits: Uint8Array.from(labels),
    labels: Int32Array.of(-1),
  };
}
