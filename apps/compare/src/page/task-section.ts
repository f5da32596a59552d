import { cellText, scoreText } from '../results/cell-text.js';
import { clockHeads, clockText } from '../results/clock-heads.js';
import { ELUE_MEANS } from '../results/elue-means.js';
import type { Summary, SummaryTask } from '../results/summary.js';
import { chart } from './chart.js';
import { clockChart, curveChart, hashChart } from './charts.js';
import { element } from './element.js';
import type { Palette } from './palette.js';
import { table } from './table.js';
import { heatMap, legend } from './words.js';

/** A task of the page, and how its charts are drawn with other methods. */
export interface TaskSection {
  readonly element: HTMLElement;
  draw(shown: ReadonlySet<string>): Promise<void>;
}

type Draw = (shown: ReadonlySet<string>) => Promise<void>;

/** Everything about one task. */
export function taskSection(task: SummaryTask, summary: Summary, palette: Palette): TaskSection {
  const draws: Draw[] = [];
  const section = element(
    'section',
    { id: task.name, 'aria-labelledby': `${task.name}-title` },
    element('h2', { id: `${task.name}-title` }, task.title),
    element(
      'p',
      { class: 'quiet' },
      `${task.train} training examples, ${task.dev} of dev; ${task.metrics.join(' and ')}.`,
    ),
    scores(task, summary, palette),
    task.findings.length > 0
      ? element(
          'ul',
          { class: 'findings' },
          task.findings.map((text) => element('li', {}, text)),
        )
      : [],
    figure(
      'Score and speed-up',
      'Each line joins the settings that no other setting of the same method beats. Of several seeds it is the mean of their lines, or of their models for each speed-up; upright: ± standard deviation.',
      draws,
      (target, shown) =>
        chart(
          target,
          curveChart(task, shown, palette),
          `${task.title}: score against counted speed-up; the numbers are in the table`,
        ),
    ),
    clocks(task, palette, draws),
    hashes(task, summary, palette, draws),
    words(task, summary, palette),
  );
  return {
    element: section,
    draw: async (shown) => {
      for (const draw of draws) await draw(shown);
    },
  };
}

function figure(
  title: string,
  caption: string,
  draws: Draw[],
  draw: (target: HTMLElement, shown: ReadonlySet<string>) => Promise<void>,
): HTMLElement {
  const target = element('div', { class: 'chart' });
  draws.push((shown) => draw(target, shown));
  return element('figure', {}, element('h3', {}, title), target, element('figcaption', {}, caption));
}

function scores(task: SummaryTask, { targets, seeds }: Summary, palette: Palette): HTMLElement[] {
  const { elueReason } = task;
  const best = targets.map((target, index) =>
    Math.max(
      ...task.rows
        .filter(({ method }) => method !== 'dense')
        .map(({ cells }) => (cells[index].target === target ? (cells[index].score?.mean ?? -1) : -1)),
    ),
  );
  const made = table(
    `${task.title}: score in per cent at equal counted speed-up, in brackets the speed-up reached`,
    ['method', 'nothing exits', ...targets.map((target) => `${target}x`), ...(elueReason ? [] : ['ELUE'])],
    task.rows.map(({ method, slowest, cells, elue }) => [
      palette.titleOf(method),
      slowest ? scoreText(slowest, seeds.length) : '',
      ...cells.map((cell, index) => {
        if (method === 'dense') return '';
        const text = cellText(cell, seeds.length, '–');
        return cell.score?.mean === best[index] ? element('strong', {}, text) : text;
      }),
      ...(elueReason ? [] : [elue === undefined ? '' : elue.toFixed(1)]),
    ]),
  );
  return [made, element('p', { class: 'quiet' }, elueReason ?? ELUE_MEANS)];
}

function clocks(task: SummaryTask, palette: Palette, draws: Draw[]): HTMLElement | [] {
  if (task.clocks.length === 0) return [];
  const targets = [...new Set(task.clocks.map(({ target }) => target))].sort((a, b) => a - b);
  const heads = clockHeads(task.clocks);
  return element(
    'div',
    {},
    targets.map((target) =>
      figure(
        `By the clock, settings for ${target}x`,
        'Points: times as fast as the dense model, measured in turns with it, the median over pairs of turns. Upright lines: 95 % intervals, for which it takes 6 pairs. Dashed: what counting multiply-accumulates promises.',
        draws,
        (canvas, shown) =>
          chart(
            canvas,
            clockChart(
              task.clocks.filter((clock) => clock.target === target && shown.has(clock.method)),
              palette,
            ),
            `${task.title}, ${target}x: wall-clock speed-up by batch size; the numbers are in the table below`,
          ),
      ),
    ),
    element(
      'details',
      {},
      element('summary', {}, 'The same as a table'),
      table(
        `${task.title}: times as fast as dense by batch size`,
        ['method', 'target', 'counted', ...heads.map(({ text }) => text)],
        task.clocks.map((clock) => [
          palette.titleOf(clock.method),
          clock.reached ? `${clock.target}x` : `${clock.target}x, not reached`,
          clock.counted.toFixed(2),
          ...heads.map(({ batchSize }) => clockText(clock, batchSize) ?? '–'),
        ]),
      ),
    ),
  );
}

function hashes(task: SummaryTask, { layers, seeds }: Summary, palette: Palette, draws: Draw[]): HTMLElement | [] {
  if (task.hashes.length === 0) return [];
  const steps = Array.from({ length: layers }, (_, index) => index);
  return element(
    'div',
    {},
    figure(
      'Hash functions against each other',
      'The same recipe with different tables. Hollow: the wanted speed-up is not reached.',
      draws,
      (target, shown) =>
        chart(
          target,
          hashChart({ ...task, hashes: task.hashes.filter(({ method }) => shown.has(method)) }, palette),
          `${task.title}: scores of the hash functions; the numbers are in the table below`,
        ),
    ),
    table(
      `${task.title}: share of the tokens that leave after each layer`,
      ['hash', 'target', 'score', 'speed-up', 'mean exit', ...steps.map((step) => `layer ${step + 1}`)],
      task.hashes.map(({ method, target, reached, score, speedup, meanExit, shares }) => [
        palette.titleOf(method),
        reached ? `${target}x` : `${target}x, not reached`,
        scoreText(score, seeds.length),
        `${speedup.toFixed(2)}x`,
        meanExit.toFixed(2),
        ...steps.map((step) => shareCell(shares[step] ?? 0)),
      ]),
      'shares',
    ),
  );
}

function shareCell(share: number): HTMLElement {
  return element('span', { class: 'share', style: `--part: ${share.toFixed(3)}` }, `${(100 * share).toFixed(0)} %`);
}

function words(task: SummaryTask, { layers }: Summary, palette: Palette): HTMLElement | [] {
  if (task.words.length === 0) return [];
  const choices = task.words.flatMap(({ method, sentences }) =>
    [...new Set(sentences.map(({ target }) => target))].map((target) => ({
      text: method === 'dense' ? palette.titleOf(method) : `${palette.titleOf(method)}, ${target}x`,
      sentences: sentences.filter((sentence) => sentence.target === target),
      first: method.startsWith('hashee'),
    })),
  );
  const start = Math.max(
    0,
    choices.findIndex(({ first }) => first),
  );
  const id = `${task.name}-words`;
  const select = element(
    'select',
    { id },
    choices.map(({ text }, index) =>
      element('option', { value: String(index), ...(index === start ? { selected: '' } : {}) }, text),
    ),
  );
  // Paper has no use for a menu, but its readers have for the name chosen from it.
  const printed = element('span', { class: 'printed' }, choices[start].text);
  const target = element('div', { 'aria-live': 'polite' }, heatMap(choices[start].sentences, layers));
  select.addEventListener('change', () => {
    const { text, sentences } = choices[Number(select.value)];
    printed.textContent = text;
    target.replaceChildren(heatMap(sentences, layers));
  });
  return element(
    'div',
    { class: 'heat' },
    element('h3', {}, 'Where the words leave'),
    element('p', {}, element('label', { for: id }, 'Sentences of dev as run by '), select, printed),
    legend(layers),
    target,
  );
}
