import { count, printable } from '@hashee/terminal';
import type { Preparation } from '../prepare.js';
import { labelCounts, mostFrequent, ONE_SIDED } from './label-counts.js';
import type { Warning } from './warning.js';

const NAMED_LABELS = 5;

/**
 * Labels that teach little, seen before training. Where a label stands in its file makes no difference, as batches are drawn
 * at random; tags are left alone, as nearly all words have none.
 */
export function dataWarnings({ head, trainSet, devSet }: Pick<Preparation, 'head' | 'trainSet' | 'devSet'>): Warning[] {
  if (head.task !== 'sequence-classification') return [];
  const name = (index: number): string => `"${printable(head.labels[index])}"`;
  const warnings: Warning[] = [];
  const counts = labelCounts(trainSet);
  const { index, count: most, total } = mostFrequent(counts);
  if (most === total)
    warnings.push({
      seen: `All training texts (${count(total)}) have the label ${name(index)}.`,
      advice: 'There is nothing to tell apart. Add texts with other labels.',
    });
  else {
    if (most >= ONE_SIDED * total)
      warnings.push({
        seen: `${Math.floor((100 * most) / total)} % of the training texts have the label ${name(index)}: always answering that will look good.`,
        advice: 'Add texts with the other labels, or leave out some of these.',
      });
    const missing = counts.flatMap((each, label) => (each === 0 ? [name(label)] : []));
    if (missing.length > 0)
      warnings.push({
        seen: `No training text has the label ${missing.slice(0, NAMED_LABELS).join(', ')}${missing.length > NAMED_LABELS ? ', …' : ''}.`,
        advice: 'The model will not learn to answer that. Add texts that have it.',
      });
  }
  const dev = devSet && mostFrequent(labelCounts(devSet));
  if (dev && dev.count === dev.total && head.labels.length > 1)
    warnings.push({
      seen: `All dev texts (${count(dev.total)}) have the label ${name(dev.index)}.`,
      advice: 'They cannot tell which weights are best. Take dev texts with all labels.',
    });
  return warnings;
}
