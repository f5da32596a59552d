import type { StudyPart } from '@hashee/difficulty/results';
import { partTitles } from '@hashee/difficulty/words';
import type { TopLevelSpec } from 'vega-lite';
import { chart } from '../page/chart.js';
import { element } from '../page/element.js';
import { consistencyChart, epochChart, exitsChart, layersChart } from './charts.js';
import type { DifficultyPage } from './difficulty-page.js';
import { bitsTables, consistencyTable, exitsTable, humanTable, opening } from './sections.js';

const { summary, reported }: DifficultyPage = JSON.parse(document.getElementById('summary')?.textContent ?? '{}');
const { machine, seeds, missing, findings, human, sentence, given, token, exits } = summary;

const draws: (() => Promise<void>)[] = [];

function figure(title: string, caption: string, specification: TopLevelSpec | undefined): HTMLElement | [] {
  if (!specification) return [];
  const target = element('div', { class: 'chart' });
  draws.push(() => chart(target, specification, `${title}; the numbers are in the table`));
  return element('figure', {}, element('h3', {}, title), target, element('figcaption', {}, caption));
}

function section(part: StudyPart, ...content: readonly (HTMLElement | [] | HTMLElement[])[]): HTMLElement {
  return element(
    'section',
    { id: part, 'aria-labelledby': `${part}-title` },
    opening(part, partTitles[part], findings[part] ?? [], reported[part]),
    content,
  );
}

const LAYERS_CAPTION = 'Dashed: the bit that is more frequent at each layer in training.';
const bits = { sentence, given, token };
const sections = [
  ...(human
    ? [
        section(
          'human',
          figure('Right by epoch', 'Dashed: the more frequent class.', epochChart(human)),
          humanTable(human),
        ),
      ]
    : []),
  ...(['sentence', 'given', 'token'] as const).flatMap((part) => {
    const own = bits[part];
    if (!own) return [];
    return [
      section(part, figure('Predictors against the majority', LAYERS_CAPTION, layersChart(own)), bitsTables(part, own)),
    ];
  }),
  ...(exits
    ? [
        section(
          'exits',
          figure(
            'Right answers and speed-up',
            'Lines: all settings, one line a seed. Points: chosen on dev.',
            exitsChart(exits),
          ),
          exitsTable(exits),
          figure(
            'Consistency',
            'Of instances, or of tokens of one type, between training and inference.',
            consistencyChart(exits),
          ),
          consistencyTable(exits),
        ),
      ]
    : []),
];

document.getElementById('head')?.append(
  element('h1', {}, 'Can instance difficulty be learned?'),
  element(
    'p',
    {},
    `A model with a classifier on each layer says which of them answer an instance right. Predictors try to learn that; exits follow from it. ${machine.processor}, ${machine.cores} ${machine.cores === 1 ? 'core' : 'cores'}, Node ${machine.node}. `,
    seeds.length > 1
      ? `Mean ± standard deviation over the seeds ${seeds.join(', ')}.`
      : `One seed (${seeds[0]}): no spread is known.`,
  ),
  element(
    'p',
    {},
    'Epochs and thresholds are chosen on one part and judged on another; no premise is in both. All sentences with numbers follow from the results.',
  ),
  ...(missing.length > 0 ? [element('p', { class: 'missing' }, `Missing: ${missing.join('; ')}.`)] : []),
  element(
    'nav',
    { 'aria-label': 'Parts' },
    element(
      'ul',
      {},
      sections.map(({ id }) => element('li', {}, element('a', { href: `#${id}` }, partTitles[id as StudyPart]))),
    ),
  ),
);
document.getElementById('main')?.append(...sections);

async function drawAll(): Promise<void> {
  document.body.dataset['state'] = 'drawing';
  for (const draw of draws) await draw();
  document.body.dataset['state'] = 'ready';
}
void drawAll();
