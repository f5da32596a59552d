import { markdownTable } from 'markdown-table';
import { AGAINST_MEANS, againstText } from './against-text.js';
import { AHEAD_MEANS } from './ahead-means.js';
import { cellText, scoreText } from './cell-text.js';
import { chosenOnDev } from './chosen-on-dev.js';
import { clockHeads, clockText } from './clock-heads.js';
import { ELUE_MEANS } from './elue-means.js';
import type { Summary, SummaryTask } from './summary.js';

/** The results for people: how they were made, who wins and loses, and the tables. */
export function markdownSummary(summary: Summary): string {
  const { title, date, machine, seeds, planned, finished, missing, missingText, tasks } = summary;
  const titles = new Map(summary.methods.map(({ name, title }) => [name, title]));
  const cores = `${machine.cores} ${machine.cores === 1 ? 'core' : 'cores'}`;
  const sections = [
    `# ${line(title)}`,
    `Written by \`hashee-compare report\` from \`results.json\`, ${date.slice(0, 10)}. ${line(machine.processor)}, ${cores}, Node ${machine.node}. Seeds: ${seeds.join(', ')}.`,
    `${finished} of ${planned} cells are done.${missing.length > 0 ? ' Missing:' : ''}`,
    ...(missing.length > 0 ? [missingText.map((text) => `- ${line(text)}`).join('\n')] : []),
    `Scores are in per cent on dev, mean ± standard deviation over seeds; ${chosenOnDev(summary)} In brackets the speed-up reached: multiply-accumulates of the dense model over those executed, heads included, in batches of 32. A setting counts as fast enough from 98 % of the target on. "too slow": no setting is, in brackets the fastest; "-": not run. "1 of 3 seeds": the other seeds are too slow where that is said, else missing.`,
    AHEAD_MEANS,
    ...overallSections(summary, titles),
    ...tasks.flatMap((task) => taskSections(task, summary, titles)),
  ];
  return `${sections.join('\n\n')}\n`;
}

function overallSections({ overall, findings, tasks, seeds }: Summary, titles: ReadonlyMap<string, string>): string[] {
  if (tasks.length < 2) return [];
  const name = (method: string): string => line(titles.get(method) ?? method);
  return [
    '## All tasks',
    ...(findings.length > 0 ? [findings.map((finding) => `- ${line(finding)}`).join('\n')] : []),
    ...overall.flatMap(({ target, rows }) => [
      `### At ${target}x`,
      table(
        [
          ['method', ...tasks.map(({ title }) => line(title)), 'mean', 'HashEE against it'],
          ...rows.map(({ method, cells, mean, against }) => [
            name(method),
            ...cells.map((cell) => (cell ? cellText(cell, seeds.length, '-') : '')),
            mean === undefined ? '' : (100 * mean).toFixed(1),
            againstText(against),
          ]),
        ],
        1,
      ),
    ]),
    AGAINST_MEANS,
  ];
}

function taskSections(task: SummaryTask, summary: Summary, titles: ReadonlyMap<string, string>): string[] {
  const { title, rows, elueReason, clocks, hashes, findings, metrics, train, dev, singleSequences } = task;
  const { targets } = summary;
  const seeds = summary.seeds.length;
  const name = (method: string): string => line(titles.get(method) ?? method);
  const sections = [
    `## ${line(title)}`,
    `${metrics.join(' and ')}${metrics.length > 1 ? ' (their mean)' : ''}; ${train} training examples, ${dev} of dev.`,
    table(
      [
        [
          'method',
          'nothing exits',
          ...targets.map((target) => `${target}x`),
          'one by one',
          ...(elueReason ? [] : ['ELUE']),
        ],
        ...rows.map(({ method, slowest, cells, elue }) => [
          name(method),
          slowest ? scoreText(slowest, seeds) : '',
          ...(slowest && method === 'dense' ? targets.map(() => '') : cells.map((cell) => cellText(cell, seeds, '-'))),
          cells.map(({ singleSpeedup }) => (singleSpeedup ? `${singleSpeedup.toFixed(2)}x` : '-')).join(' '),
          ...(elueReason ? [] : [elue === undefined ? '' : elue.toFixed(1)]),
        ]),
      ],
      1,
    ),
    `"one by one": counted speed-up of the same settings in batches of one, over ${singleSequences.join(' or ')} of the ${dev} sequences of dev. ${elueReason ?? ELUE_MEANS}`,
    ...(findings.length > 0 ? [findings.map((finding) => `- ${line(finding)}`).join('\n')] : []),
  ];
  if (clocks.length > 0) {
    const heads = clockHeads(clocks);
    sections.push(
      '### By the clock',
      table(
        [
          ['method', 'target', 'counted', ...heads.map(({ text }) => text)],
          ...clocks.map((clock) => [
            name(clock.method),
            clock.reached ? `${clock.target}x` : `${clock.target}x, not reached`,
            `${clock.counted.toFixed(2)}x`,
            ...heads.map(({ batchSize }) => clockText(clock, batchSize) ?? '-'),
          ]),
        ],
        1,
      ),
      'Times as fast as the dense model, in turns with it on one machine: the median over pairs of turns, in brackets its 95 % interval, for which it takes 6 pairs. One method is ahead of another where its interval lies wholly above ("by intervals"); batch sizes without intervals are left out of that. "By medians alone" says less. Timed is the slowest setting that is fast enough; "counted" is its speed-up on the timed sequences in the largest batch.',
    );
  }
  if (hashes.length > 0) {
    const layers = hashes[0].shares.length;
    sections.push(
      '### Hash functions',
      table(
        [
          [
            'hash',
            'target',
            'score',
            'speed-up',
            'mean exit',
            ...Array.from({ length: layers }, (_, index) => `layer ${index + 1}`),
          ],
          ...hashes.map(({ method, target, reached, score, speedup, meanExit, shares }) => [
            name(method),
            reached ? `${target}x` : `${target}x, not reached`,
            scoreText(score, seeds),
            `${speedup.toFixed(2)}x`,
            meanExit.toFixed(2),
            ...shares.map((share) => `${(100 * share).toFixed(0)} %`),
          ]),
        ],
        1,
      ),
      'Share of the tokens of dev whose last computed layer it is. In the last layer a classifier needs the first token only.',
    );
  }
  return sections;
}

function table(rows: readonly (readonly string[])[], texts: number): string {
  return markdownTable(
    rows.map((row) => [...row]),
    { align: rows[0].map((_, column) => (column < texts ? 'l' : 'r')) },
  );
}

/** Names come from files: no line breaks, and no markup that would end a cell or begin a tag. */
function line(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[`<>]/g, '').replace(/[\\|]/g, '\\$&');
}
