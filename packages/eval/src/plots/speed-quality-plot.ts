import type { CurvePoint } from '../curve/curve-point.js';
import { paretoFront } from '../curve/pareto-front.js';
import type { PlotOptions } from './plot-options.js';
import { renderSvg, type TopLevelSpec } from './render-svg.js';

/** A method's points. */
export interface SpeedQualitySeries {
  readonly name: string;
  /** `low` and `high`: the spread over seeds, drawn as a bar. */
  readonly points: readonly (CurvePoint & { readonly low?: number | undefined; readonly high?: number | undefined })[];
}

export interface SpeedQualityPlotOptions extends PlotOptions {
  /** Lines join the points of each method's Pareto front, or all of them by speed-up. @default 'front' */
  readonly join?: 'front' | 'all' | undefined;
}

/**
 * Quality against speed-up, a line and a shape of points for each method. The horizontal axis is logarithmic: twice as fast is
 * the same distance everywhere.
 * @returns SVG
 * @throws HasheeError `MISSING_DEPENDENCY`
 */
export function speedQualityPlot(
  series: readonly SpeedQualitySeries[],
  options: SpeedQualityPlotOptions = {},
): Promise<string> {
  const { join = 'front', xTitle = 'times as fast as dense', yTitle = 'score' } = options;
  const points = series.flatMap(({ name, points }) => points.map((point) => ({ method: name, ...point })));
  const joined = series.flatMap(({ name, points }) =>
    (join === 'front' ? paretoFront(points) : points).map((point) => ({ method: name, ...point })),
  );
  const order = series.map(({ name }) => name);
  const x = {
    field: 'speedup',
    type: 'quantitative',
    title: xTitle,
    scale: { type: 'log', base: 2, nice: false, padding: 12 },
  } as const;
  const y = { field: 'quality', type: 'quantitative', title: yTitle, scale: { zero: false, padding: 8 } } as const;
  const color = { field: 'method', type: 'nominal', sort: order, title: null } as const;
  const specification = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    layer: [
      { data: { values: joined }, mark: { type: 'line', opacity: 0.7 }, encoding: { x, y, color } },
      {
        data: { values: points.filter(({ low, high }) => low !== undefined && high !== undefined) },
        mark: { type: 'rule', opacity: 0.6 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
      },
      {
        data: { values: points },
        mark: { type: 'point', filled: true, size: 55, opacity: 1 },
        encoding: { x, y, color, shape: { field: 'method', type: 'nominal', sort: order, title: null } },
      },
    ],
  };
  return renderSvg(specification as TopLevelSpec, options);
}
