import type { PlotOptions } from './plot-options.js';
import { renderSvg, type TopLevelSpec } from './render-svg.js';

/** How fast one method is by batch size. */
export interface BatchSizeSeries {
  readonly name: string;
  /** By the clock, with its confidence interval. */
  readonly points: readonly {
    readonly batchSize: number;
    readonly speedup: number;
    readonly low?: number | undefined;
    readonly high?: number | undefined;
  }[];
  /** What counting promises at any batch size: a dashed line. */
  readonly counted?: number | undefined;
}

/**
 * Wall-clock speed-up by batch size against the counted one.
 * @returns SVG
 * @throws HasheeError `MISSING_DEPENDENCY`
 */
export function batchSizePlot(series: readonly BatchSizeSeries[], options: PlotOptions = {}): Promise<string> {
  const { xTitle = 'sequences in a batch', yTitle = 'times as fast as dense' } = options;
  const points = series.flatMap(({ name, points }) => points.map((point) => ({ method: name, ...point })));
  const counted = series.flatMap(({ name, counted }) => (counted === undefined ? [] : [{ method: name, counted }]));
  const order = series.map(({ name }) => name);
  const x = {
    field: 'batchSize',
    type: 'quantitative',
    title: xTitle,
    scale: { type: 'log', base: 2, nice: false, padding: 12 },
  } as const;
  const y = { field: 'speedup', type: 'quantitative', title: yTitle, scale: { zero: true, padding: 8 } } as const;
  const color = { field: 'method', type: 'nominal', sort: order, title: null } as const;
  const specification = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    layer: [
      {
        data: { values: counted },
        mark: { type: 'rule', strokeDash: [5, 4], opacity: 0.7 },
        encoding: { y: { ...y, field: 'counted' }, color },
      },
      {
        data: { values: points.filter(({ low, high }) => low !== undefined && high !== undefined) },
        mark: { type: 'rule', opacity: 0.6 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
      },
      { data: { values: points }, mark: { type: 'line', opacity: 0.7 }, encoding: { x, y, color } },
      {
        data: { values: points },
        mark: { type: 'point', filled: true, size: 55, opacity: 1 },
        encoding: { x, y, color, shape: { field: 'method', type: 'nominal', sort: order, title: null } },
      },
    ],
  };
  return renderSvg(specification as TopLevelSpec, options);
}
