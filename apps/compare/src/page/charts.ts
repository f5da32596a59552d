import type { TopLevelSpec } from 'vega-lite';
import type { SummaryClock, SummaryTask } from '../results/summary.js';
import type { Palette } from './palette.js';

const SIZE = { width: 620, height: 380 } as const;
const LOG = { type: 'log', base: 2, nice: false, padding: 14 } as const;

function scales({ titles, colours, shapes }: Palette): { readonly color: object; readonly shape: object } {
  return {
    color: {
      field: 'method',
      type: 'nominal',
      title: null,
      scale: { domain: [...titles], range: [...colours] },
      legend: null,
    },
    shape: {
      field: 'method',
      type: 'nominal',
      title: null,
      scale: { domain: [...titles], range: [...shapes] },
      legend: null,
    },
  } as const;
}

/** Score against counted speed-up: Pareto fronts as lines, all settings as points. */
export function curveChart(task: SummaryTask, shown: ReadonlySet<string>, palette: Palette): TopLevelSpec {
  const points = task.curves
    .filter(({ method }) => shown.has(method))
    .flatMap(({ method, points }) =>
      points.map((point) => ({
        ...point,
        method: palette.titleOf(method),
        setting: point.setting ?? (point.low === undefined ? 'none' : 'mean over seeds'),
        score: 100 * point.quality,
        low: percent(point.low),
        high: percent(point.high),
      })),
    );
  const { color, shape } = scales(palette);
  const x = { field: 'speedup', type: 'quantitative', title: 'times less work than dense', scale: LOG } as const;
  const y = {
    field: 'score',
    type: 'quantitative',
    title: `${task.metrics.join(' and ')}, per cent`,
    scale: { zero: false, padding: 10 },
  } as const;
  const tooltip = [
    { field: 'method', title: 'method' },
    { field: 'setting', title: 'setting' },
    { field: 'score', title: 'score', format: '.2f' },
    { field: 'speedup', title: 'speed-up', format: '.2f' },
  ] as const;
  const front = points.filter((point) => point.front);
  return {
    ...SIZE,
    layer: [
      {
        data: { values: points.filter((point) => !point.front) },
        mark: { type: 'point', filled: true, size: 14, opacity: 0.25 },
        encoding: { x, y, color },
      },
      { data: { values: front }, mark: { type: 'line', opacity: 0.8, strokeWidth: 1.5 }, encoding: { x, y, color } },
      {
        data: { values: front.filter(({ low, high }) => low !== undefined && high !== undefined) },
        mark: { type: 'rule', opacity: 0.6 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
      },
      {
        data: { values: front },
        mark: { type: 'point', filled: true, size: 55, opacity: 1 },
        encoding: { x, y, color, shape, tooltip: [...tooltip] },
      },
    ],
  } as unknown as TopLevelSpec;
}

/** Wall-clock speed-up by batch size, and what counting promises as a dashed line. */
export function clockChart(clocks: readonly SummaryClock[], palette: Palette): TopLevelSpec {
  const points = clocks.flatMap(({ method, points }) =>
    points.map(({ batchSize, speedup: { median, low, high } }) => ({
      method: palette.titleOf(method),
      batchSize,
      median,
      low,
      high,
    })),
  );
  const counted = clocks.map(({ method, counted }) => ({ method: palette.titleOf(method), counted }));
  const { color, shape } = scales(palette);
  const sizes = [...new Set(points.map(({ batchSize }) => batchSize))].sort((a, b) => a - b);
  const x = {
    field: 'batchSize',
    type: 'quantitative',
    title: 'sequences in a batch',
    scale: LOG,
    axis: { values: sizes, grid: false },
  } as const;
  const y = {
    field: 'median',
    type: 'quantitative',
    title: 'times as fast as dense',
    scale: { zero: true },
  } as const;
  return {
    ...SIZE,
    layer: [
      {
        data: { values: counted },
        mark: { type: 'rule', strokeDash: [5, 4], opacity: 0.7 },
        encoding: { y: { ...y, field: 'counted' }, color },
      },
      {
        data: { values: points.filter(({ low, high }) => low !== undefined && high !== undefined) },
        mark: { type: 'rule', opacity: 0.5 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
      },
      { data: { values: points }, mark: { type: 'line', opacity: 0.8, strokeWidth: 1.5 }, encoding: { x, y, color } },
      {
        data: { values: points },
        mark: { type: 'point', filled: true, size: 55, opacity: 1 },
        encoding: {
          x,
          y,
          color,
          shape,
          tooltip: [
            { field: 'method' },
            { field: 'batchSize', title: 'batch' },
            { field: 'median', title: 'speed-up', format: '.2f' },
          ],
        },
      },
    ],
  } as unknown as TopLevelSpec;
}

/** Scores of the hash functions side by side. */
export function hashChart(task: SummaryTask, palette: Palette): TopLevelSpec {
  const values = task.hashes.map(({ method, target, reached, score, speedup }) => ({
    method: palette.titleOf(method),
    target: `${target}x`,
    ...{ reached, speedup },
    score: 100 * score.mean,
    low: 100 * (score.mean - score.standardDeviation),
    high: 100 * (score.mean + score.standardDeviation),
    seeds: score.count,
  }));
  const { color, shape } = scales(palette);
  const tooltip = [
    { field: 'method' },
    { field: 'score', format: '.2f' },
    { field: 'speedup', title: 'speed-up', format: '.2f' },
    { field: 'seeds' },
  ];
  const x = { field: 'target', type: 'ordinal', title: 'wanted speed-up', axis: { labelAngle: 0 } } as const;
  const xOffset = { field: 'method', sort: [...palette.titles] } as const;
  const y = {
    field: 'score',
    type: 'quantitative',
    title: `${task.metrics.join(' and ')}, per cent`,
    scale: { zero: false, padding: 12 },
  } as const;
  return {
    ...SIZE,
    height: 260,
    layer: [
      {
        data: { values: values.filter(({ seeds }) => seeds > 1) },
        mark: { type: 'rule', opacity: 0.6 },
        encoding: { x, xOffset, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
      },
      // Hollow: not fast enough.
      ...[true, false].map((filled) => ({
        data: { values: values.filter(({ reached }) => reached === filled) },
        mark: { type: 'point', filled, size: 90, opacity: 1 },
        encoding: { x, xOffset, y, color, shape, tooltip },
      })),
    ],
  } as unknown as TopLevelSpec;
}

function percent(value: number | undefined): number | undefined {
  return value === undefined ? undefined : 100 * value;
}
