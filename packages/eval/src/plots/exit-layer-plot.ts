import type { PlotOptions } from './plot-options.js';
import { renderSvg, type TopLevelSpec } from './render-svg.js';

/** Where the tokens, or sequences, of a method leave. */
export interface ExitLayerSeries {
  readonly name: string;
  /** Entry l - 1 counts those that leave after layer l, `[L]`; `tokensByExitLayer` of `Work`, for example. */
  readonly counts: readonly number[];
}

/**
 * Share of what leaves after each layer, bars side by side for each method.
 * @returns SVG
 * @throws HasheeError `MISSING_DEPENDENCY`
 */
export function exitLayerPlot(series: readonly ExitLayerSeries[], options: PlotOptions = {}): Promise<string> {
  const { xTitle = 'last layer computed', yTitle = 'share of the tokens' } = options;
  const values = series.flatMap(({ name, counts }) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count, index) => ({ method: name, layer: index + 1, share: total === 0 ? 0 : count / total }));
  });
  const order = series.map(({ name }) => name);
  const specification = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    data: { values },
    mark: 'bar',
    encoding: {
      x: { field: 'layer', type: 'ordinal', title: xTitle, axis: { labelAngle: 0 } },
      xOffset: { field: 'method', sort: order },
      y: { field: 'share', type: 'quantitative', title: yTitle, axis: { format: '%' } },
      color: { field: 'method', type: 'nominal', sort: order, title: null },
    },
  };
  return renderSvg(specification as TopLevelSpec, options);
}
