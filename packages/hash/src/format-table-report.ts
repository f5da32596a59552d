import type { TableReport } from './describe-table.js';

const whole = (value: number): string =>
  value.toLocaleString(
    'en-US',
    value < 1e9 ? { maximumFractionDigits: 0 } : { notation: 'compact', maximumFractionDigits: 2 },
  );
const count = (value: number, what: string): string => `${whole(value)} ${what}${value === 1 ? '' : 's'}`;
const percent = (part: number, all: number): string => `${((100 * part) / all).toFixed(1)}%`;
const times = (value: number): string => `${value.toFixed(2)}x`;

/** A report as lines of text, at most 80 columns wide, without a line break at the end. */
export function formatTableReport(report: TableReport): string {
  const { layers, hash, histogram, meanExitLayer, speedup, unseen } = report;
  const rows = [['layer', 'types', '', 'tokens', '', 'computed', '', 'attention']];
  for (let index = 0; index < layers; index++) {
    const types = histogram.types[index];
    const occurrences = histogram.occurrences[index];
    const computed = report.activeTokens[index];
    rows.push([
      String(index + 1),
      whole(types),
      percent(types, report.types),
      whole(occurrences),
      percent(occurrences, report.tokens),
      whole(computed),
      percent(computed, report.tokens),
      computed === 0 ? 'none' : report.attention[index],
    ]);
  }
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const table = rows.map((row) =>
    row.map((cell, column) => (column === 7 ? cell : cell.padStart(widths[column]))).join('  '),
  );
  const facts: [string, string][] = [
    [
      'Mean exit layer',
      `${meanExitLayer.occurrences.toFixed(2)} over tokens, ${meanExitLayer.types.toFixed(2)} over types`,
    ],
    ['Speed-up', `${times(speedup.layers)} by exit layers`],
    ['', `${times(speedup.counted)} by multiply-accumulates, attention as in the table`],
    ['', `${times(speedup.projected)} with keys and values projected in all layers`],
  ];
  if (unseen)
    facts.push(['Unseen', `${whole(unseen.occurrences)} tokens (${percent(unseen.occurrences, report.tokens)})`]);
  const heading = [hash.name, `${layers} layers`, ...division(hash)].join(', ');
  return [
    heading.slice(0, 80),
    [count(report.sequences, 'sequence'), count(report.tokens, 'token'), count(report.types, 'type')].join(', '),
    '',
    ...table.map((line) => line.trimEnd()),
    '',
    ...facts.map(([name, fact]) => `${name.padEnd(16)}${fact}`),
  ].join('\n');
}

/** Buckets or target, as far as the parameters of a table from anywhere name them. */
function division({ parameters }: TableReport['hash']): string[] {
  const { buckets, target } = parameters as { buckets?: unknown; target?: { asked?: Record<string, unknown> } | null };
  if (typeof buckets === 'number') return [`${buckets} buckets`];
  const { speedup, by, meanExitLayer } = target?.asked ?? {};
  if (typeof speedup === 'number') return [`target ${speedup}x (${typeof by === 'string' ? by : 'counted'})`];
  return typeof meanExitLayer === 'number' ? [`target mean exit layer ${meanExitLayer}`] : [];
}
