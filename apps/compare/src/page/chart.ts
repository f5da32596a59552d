import { None, parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** Axis and text colours are the page's own: charts follow light, dark and print without being drawn again. */
const AXIS = {
  labelColor: 'var(--text)',
  titleColor: 'var(--text)',
  gridColor: 'var(--line)',
  domainColor: 'var(--line)',
  tickColor: 'var(--line)',
  labelFontSize: 12,
  titleFontSize: 12,
};

/** Draws a chart into an element as SVG. @param label what it shows, for those who can't see it */
export async function chart(target: HTMLElement, specification: TopLevelSpec, label: string): Promise<void> {
  const { spec } = compile({
    ...specification,
    config: {
      font: 'system-ui, sans-serif',
      background: 'transparent',
      axis: AXIS,
      legend: {
        labelColor: 'var(--text)',
        titleColor: 'var(--text)',
        labelFontSize: 12,
        symbolSize: 70,
        labelLimit: 260,
      },
      view: { stroke: 'var(--line)' },
    },
  });
  const view = new View(parse(spec), { renderer: 'svg', hover: false, logLevel: None, container: target });
  await view.runAsync();
  const svg = target.querySelector('svg');
  svg?.setAttribute('role', 'img');
  svg?.setAttribute('aria-label', label);
}
