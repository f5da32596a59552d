import { markdownTable } from 'markdown-table';
import { speedupInterval } from '../latency/speedup-interval.js';
import type { Spread } from '../metrics/spread.js';
import { type AtSpeedup, type AtSpeedupOptions, atSpeedup } from './at-speedup.js';
import type { Report, ReportedLatency, ReportRow } from './report.js';

/** `91.2 ± 0.3` (percent): mean and standard deviation over the seeds; without the latter for one seed. */
export function formatSpread({ mean, standardDeviation, count }: Spread, scale = 100, digits = 1): string {
  const shown = (scale * mean).toFixed(digits);
  return count > 1 ? `${shown} ± ${(scale * standardDeviation).toFixed(digits)}` : shown;
}

/** A report for people: where and how it was measured, scores at equal speed-up, curves, and the clock, in Markdown. */
export function markdownReport(report: Report, options: AtSpeedupOptions = {}): string {
  const { title, date, command, machine, rows } = report;
  const split = options.judge ?? options.choose ?? 'dev';
  const sections = [
    `# ${line(title)}`,
    [
      `${machine.processor}, ${machine.cores} cores, ${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB, ${machine.platform}, Node ${machine.node}; ${date.slice(0, 10)}.`,
      ...(command ? [`Made by \`${line(command)}\`.`] : []),
    ].join(' '),
    `## Scores at equal speed-up\n\n${speedupTable(atSpeedup(rows, options))}\n\nMean ± standard deviation over seeds, in percent, on ${split}; in brackets the speed-up reached. "-": not fast enough.`,
    `## All settings\n\n${settingsTable(rows.filter((row) => row.split === split))}`,
    ...(rows.some(({ latency }) => latency?.length)
      ? [
          `## By the clock\n\n${latencyTable(rows)}\n\nSpeed-up: the median over pairs of turns; in brackets its confidence interval, where there are pairs enough for one.`,
        ]
      : []),
    ...(rows.some(({ memory }) => memory) ? [`## Memory\n\n${memoryTable(rows)}`] : []),
  ];
  return `${sections.join('\n\n')}\n`;
}

/** One line a method, one column a task and target. */
export function speedupTable(cells: readonly AtSpeedup[]): string {
  const columns = [...new Map(cells.map((cell) => [`${cell.task} ${cell.target}`, cell])).values()];
  const methods = [...new Set(cells.map(({ method }) => method))];
  const head = ['method', ...columns.map(({ task, target }) => `${task} ${target}x`)];
  const body = methods.map((method) => [
    method,
    ...columns.map(({ task, target }) => {
      const cell = cells.find((each) => each.method === method && each.task === task && each.target === target);
      if (!cell?.score || !cell.speedup) return '-';
      return `${formatSpread(cell.score)} (${cell.speedup.mean.toFixed(2)}x)`;
    }),
  ]);
  return table([head, ...body], 1);
}

function settingsTable(rows: readonly ReportRow[]): string {
  const head = ['method', 'task', 'setting', 'seed', 'score', 'by layers', 'by MACs', 'metrics'];
  const body = rows.map(({ method, task, setting, seed, score, cost, metrics }) => [
    method,
    task,
    Object.entries(setting)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
    String(seed),
    (100 * score).toFixed(1),
    `${cost.layerSpeedup.toFixed(2)}x`,
    `${cost.countedSpeedup.toFixed(2)}x`,
    Object.entries(metrics)
      .map(([name, value]) => `${name} ${(100 * value).toFixed(1)}`)
      .join(', '),
  ]);
  return table([head, ...body], 3);
}

function latencyTable(rows: readonly ReportRow[]): string {
  const head = [
    'method',
    'task',
    'threads',
    'batch',
    'sequences/s',
    'p50 ms',
    'p95 ms',
    'speed-up',
    'pairs',
    'by MACs',
  ];
  const body = rows.flatMap(({ method, task, latency = [], cost }) =>
    latency.map(({ threads, batchSize, sequencesPerSecond, milliseconds, speedup }) => [
      ...[method, task, String(threads), String(batchSize)],
      sequencesPerSecond.toFixed(0),
      milliseconds.p50.toPrecision(3),
      milliseconds.p95.toPrecision(3),
      speedup ? times(speedup) : '-',
      speedup ? String(speedup.pairs) : '-',
      `${cost.countedSpeedup.toFixed(2)}x`,
    ]),
  );
  return table([head, ...body], 2);
}

function times(speedup: NonNullable<ReportedLatency['speedup']>): string {
  const interval = speedupInterval(speedup);
  return `${speedup.median.toFixed(2)}x${interval ? ` (${interval.low.toFixed(2)}-${interval.high.toFixed(2)})` : ''}`;
}

function memoryTable(rows: readonly ReportRow[]): string {
  const head = ['method', 'task', 'batch', 'peak MiB', 'largest batch', 'under MiB'];
  const mebibytes = (bytes: number | undefined): string => (bytes === undefined ? '-' : (bytes / 2 ** 20).toFixed(0));
  const body = rows.flatMap(({ method, task, memory }) =>
    memory
      ? [
          [
            ...[method, task, String(memory.batchSize ?? '-'), mebibytes(memory.peakBytes)],
            String(memory.largestBatch ?? '-'),
            mebibytes(memory.limitBytes),
          ],
        ]
      : [],
  );
  return table([head, ...body], 2);
}

/** Texts on the left, numbers on the right. */
function table(rows: readonly (readonly string[])[], texts: number): string {
  const align = rows[0].map((_, column) => (column < texts ? 'l' : 'r'));
  return markdownTable(
    rows.map((row) => row.map(line)),
    { align },
  );
}

/** Names come from files: no line breaks, and no markup that would end a cell or begin a tag. */
function line(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[`<>]/g, '').replace(/[\\|]/g, '\\$&');
}
