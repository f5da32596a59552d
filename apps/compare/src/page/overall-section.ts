import { AGAINST_MEANS, againstText } from '../results/against-text.js';
import { cellText } from '../results/cell-text.js';
import type { Summary } from '../results/summary.js';
import { element } from './element.js';
import type { Palette } from './palette.js';
import { table } from './table.js';

/** All tasks side by side: what they say together, and a table of methods by tasks for each speed-up. */
export function overallSection({ overall, findings, tasks, seeds }: Summary, palette: Palette): HTMLElement {
  return element(
    'section',
    { id: 'all-tasks', 'aria-labelledby': 'all-tasks-title' },
    element('h2', { id: 'all-tasks-title' }, 'All tasks'),
    findings.length > 0
      ? element(
          'ul',
          { class: 'findings' },
          findings.map((text) => element('li', {}, text)),
        )
      : [],
    overall.map(({ target, rows }) =>
      table(
        `Score in per cent at ${target} times less work, in brackets the speed-up reached`,
        ['method', ...tasks.map(({ title }) => title), 'mean', 'HashEE against it'],
        rows.map(({ method, cells, mean, against }) => [
          palette.titleOf(method),
          ...cells.map((cell) => (cell ? cellText(cell, seeds.length, '–') : '')),
          mean === undefined ? '' : (100 * mean).toFixed(1),
          againstText(against),
        ]),
      ),
    ),
    element('p', { class: 'quiet' }, AGAINST_MEANS),
  );
}
