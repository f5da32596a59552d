import { count, plural, printable } from '@hashee/terminal';
import type { TrainResult } from '@hashee/train';
import type { Preparation } from '../prepare.js';
import { labelCounts, mostFrequent, ONE_SIDED } from './label-counts.js';
import type { Warning } from './warning.js';

/**
 * A model that answers one label whatever it reads, where dev has several.
 * @param answers how often it answers each label on dev, `[C]`
 */
export function answerWarnings(
  answers: readonly number[],
  { steps }: Pick<TrainResult, 'steps'>,
  { head, trainSet, devSet, table }: Pick<Preparation, 'head' | 'trainSet' | 'devSet' | 'table'>,
): Warning[] {
  if (!devSet) return [];
  const { index, count: same, total } = mostFrequent(answers);
  const otherwise = total - labelCounts(devSet)[index];
  if (same < total || otherwise === 0) return [];
  const tagged = head.task === 'token-classification';
  const training = mostFrequent(labelCounts(trainSet));
  const oneSided = !tagged && training.index === index && training.count >= ONE_SIDED * training.total;
  const texts = tagged ? `${plural(total, 'word')} of the dev texts` : plural(total, 'dev text');
  return [
    {
      seen: `The model answers "${printable(head.labels[index])}" for all ${texts}; ${count(otherwise)} of them ${otherwise === 1 ? 'is' : 'are'} labelled otherwise.`,
      advice: oneSided
        ? 'Nearly all training texts have that label: add texts with the others, or leave out some of these.'
        : `It had ${plural(steps, 'update')}. Give it more (--epochs, a smaller --batch-size), another --learning-rate${table ? ', later exits (a smaller --speedup)' : ''}, or more texts.`,
    },
  ];
}
