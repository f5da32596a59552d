import { AHEAD_MEANS } from '../results/ahead-means.js';
import { chosenOnDev } from '../results/chosen-on-dev.js';
import type { Summary } from '../results/summary.js';
import { element } from './element.js';
import { methodFilter } from './method-filter.js';
import { overallSection } from './overall-section.js';
import { paletteOf } from './palette.js';
import { taskSection } from './task-section.js';

const summary: Summary = JSON.parse(document.getElementById('summary')?.textContent ?? '{}');
const palette = paletteOf(summary.methods);
const sections = summary.tasks.map((task) => taskSection(task, summary, palette));

/** One drawing after another; of several that wait only the last is drawn. */
let wanted: ReadonlySet<string> = new Set(summary.methods.map(({ name }) => name));
let drawing = false;
async function draw(): Promise<void> {
  if (drawing) return;
  drawing = true;
  document.body.dataset['state'] = 'drawing';
  let drawn: ReadonlySet<string> | undefined;
  while (drawn !== wanted) {
    drawn = wanted;
    for (const section of sections) await section.draw(drawn);
  }
  drawing = false;
  document.body.dataset['state'] = 'ready';
}

const overall = summary.tasks.length > 1 ? overallSection(summary, palette) : undefined;
const { machine, seeds, planned, finished, missingText } = summary;
document.getElementById('head')?.append(
  element('h1', {}, summary.title),
  element(
    'p',
    {},
    `Methods that answer with less work, on one encoder of ${summary.layers} layers, the same data and the same machine: ${machine.processor}, ${machine.cores} cores, Node ${machine.node}. `,
    seeds.length > 1
      ? `Mean ± standard deviation over the seeds ${seeds.join(', ')}.`
      : `One seed (${seeds[0]}): no spread is known.`,
  ),
  element(
    'p',
    {},
    `Speed-ups are counted: multiply-accumulates of the dense model over those executed, classifiers included. Scores are of dev; ${chosenOnDev(summary)}`,
  ),
  element('p', {}, AHEAD_MEANS),
  finished < planned
    ? element(
        'details',
        { class: 'missing' },
        element('summary', {}, `${finished} of ${planned} cells are done`),
        element(
          'ul',
          {},
          missingText.map((text) => element('li', {}, text)),
        ),
      )
    : element('p', {}, `All ${planned} cells are done.`),
  element(
    'nav',
    { 'aria-label': 'Tasks' },
    element(
      'ul',
      {},
      [...(overall ? [{ name: 'all-tasks', title: 'All tasks' }] : []), ...summary.tasks].map(({ name, title }) =>
        element('li', {}, element('a', { href: `#${name}` }, title)),
      ),
    ),
  ),
);
document.getElementById('main')?.append(
  ...(overall ? [overall] : []),
  methodFilter(summary.methods, palette, (shown) => {
    wanted = shown;
    void draw();
  }),
  ...sections.map((section) => section.element),
);
// Folded parts are printed as well.
let unfolded: HTMLDetailsElement[] = [];
window.addEventListener('beforeprint', () => {
  unfolded = [...document.querySelectorAll('details')].filter(({ open }) => !open);
  for (const details of unfolded) details.open = true;
});
window.addEventListener('afterprint', () => {
  for (const details of unfolded) details.open = false;
});
void draw();
