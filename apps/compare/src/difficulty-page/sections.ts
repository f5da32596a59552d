import type { BitsSummary, ExitsSummary, HumanSummary, StudyPart } from '@hashee/difficulty/results';
import { exitPoint, percent, points, sameInstanceByEpoch, short, targetsOf } from '@hashee/difficulty/words';
import { element } from '../page/element.js';
import { table } from '../page/table.js';

/** What was found, and what is reported. */
export function opening(part: StudyPart, title: string, findings: readonly string[], reported: string): HTMLElement[] {
  return [
    element('h2', { id: `${part}-title` }, title),
    element(
      'ul',
      { class: 'findings' },
      findings.map((text) => element('li', {}, text)),
    ),
    element('p', { class: 'quiet' }, element('strong', {}, 'Reported: '), reported),
  ];
}

export function humanTable({ train, dev, majority, epochs }: HumanSummary): HTMLElement {
  return table(
    `Right in per cent by epoch: ${train} training pairs (majority ${(100 * majority.train).toFixed(1)}), ${dev} others (${(100 * majority.dev).toFixed(1)})`,
    ['epoch', 'training pairs', 'other pairs'],
    epochs.map(({ epoch, train: fitted, dev: carried }) => [String(epoch), percent(fitted), percent(carried)]),
  );
}

export function bitsTables(part: StudyPart, summary: BitsSummary): HTMLElement[] {
  const { rates, annotator, predictors, examples, testRows } = summary;
  const layers = rates.map((_, index) => `layer ${index + 1}`);
  const tokens = part === 'token';
  return [
    table(
      'Right in per cent, by the exit of each layer',
      ['', ...layers],
      [
        ['judged rows', ...rates.map(percent)],
        ...(annotator ? [['all annotated', ...annotator.accuracy.map(percent)]] : []),
        ...(annotator?.entityF1 ? [['F1 of entities', ...annotator.entityF1.map(percent)]] : []),
      ],
    ),
    table(
      `Bits predicted right in per cent; ${examples.train} ${tokens ? 'sentences' : 'pairs'} to learn from, ${examples.dev} to choose by, ${examples.test} to judge by (${testRows} rows)`,
      ['predictor', 'mean', 'over majority', 'F1 of wrong', ...(tokens ? ['on O', 'on entities'] : []), ...layers],
      predictors.map(({ title, mean, overMajority, wrongF1, byLabel, layerAccuracy }) => [
        title,
        percent(mean),
        points(overMajority),
        wrongF1 ? percent(wrongF1) : '–',
        ...(tokens ? [byLabel ? percent(byLabel.outside) : '–', byLabel ? percent(byLabel.entity) : '–'] : []),
        ...layerAccuracy.map(short),
      ]),
    ),
  ];
}

export function exitsTable({ methods, test }: ExitsSummary): HTMLElement {
  const targets = targetsOf({ methods });
  return table(
    `Right in per cent of ${test} pairs; in brackets counted speed-up and mean exit layer. A predictor's own work isn't counted`,
    ['method', 'its own cost', ...targets.map((target) => `${target}x`)],
    methods.map(({ title, points: of }) => [
      title,
      exitPoint(of.find(({ target }) => target === null)),
      ...targets.map((wanted) => exitPoint(of.find(({ target }) => target === wanted))),
    ]),
  );
}

export function consistencyTable({ consistency }: ExitsSummary): HTMLElement {
  return table(
    'Exit at the same layer in training and inference, in per cent; in brackets with the threshold set anew for equal cost',
    ['method', 'same instance, after so many epochs', 'same type of token'],
    consistency.map((each) => [each.title, sameInstanceByEpoch(each) || '–', percent(each.sameType)]),
  );
}
