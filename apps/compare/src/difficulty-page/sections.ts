import type { BitsSummary, ExitsSummary, HumanSummary, SeedSpread, StudyPart } from '@hashee/difficulty/results';
import { element } from '../page/element.js';
import { percent } from '../page/format.js';
import { table } from '../page/table.js';

/** `+1.2 ± 0.3` points. */
function points({ mean, standardDeviation, count }: SeedSpread): string {
  const spread = count > 1 ? ` ± ${(100 * standardDeviation).toFixed(1)}` : '';
  return `${mean < 0 ? '−' : '+'}${Math.abs(100 * mean).toFixed(1)}${spread}`;
}

function short({ mean }: SeedSpread): string {
  return (100 * mean).toFixed(1);
}

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

type ExitPoint = ExitsSummary['methods'][number]['points'][number];

function pointText(point: ExitPoint | undefined): string {
  if (!point) return '';
  const { accuracy, speedup, meanExit, reached } = point;
  const slow = reached < accuracy.count ? `; fast enough in ${reached} of ${accuracy.count}` : '';
  return `${percent(accuracy)} (${speedup.mean.toFixed(2)}x, ${meanExit.mean.toFixed(2)}${slow})`;
}

export function exitsTable({ methods, test }: ExitsSummary): HTMLElement {
  const targets = methods
    .flatMap(({ points: of }) => of.flatMap(({ target }) => (target === null ? [] : [target])))
    .filter((target, index, all) => all.indexOf(target) === index)
    .sort((a, b) => a - b);
  return table(
    `Right in per cent of ${test} pairs; in brackets counted speed-up and mean exit layer. A predictor's own work isn't counted`,
    ['method', 'its own cost', ...targets.map((target) => `${target}x`)],
    methods.map(({ title, points: of }) => [
      title,
      pointText(of.find(({ target }) => target === null)),
      ...targets.map((wanted) => pointText(of.find(({ target }) => target === wanted))),
    ]),
  );
}

export function consistencyTable({ consistency }: ExitsSummary): HTMLElement {
  return table(
    'Exit at the same layer in training and inference, in per cent; in brackets with the threshold set anew for equal cost',
    ['method', 'same instance, after so many epochs', 'same type of token'],
    consistency.map(({ title, sameInstance, sameType }) => [
      title,
      sameInstance
        .map(
          ({ epoch, share, shareAtEqualCost }) =>
            `${epoch.toFixed(1)}: ${percent(share)}${shareAtEqualCost ? ` (${percent(shareAtEqualCost)})` : ''}`,
        )
        .join('; ') || '–',
      percent(sameType),
    ]),
  );
}
