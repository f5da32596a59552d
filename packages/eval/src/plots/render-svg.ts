import { HasheeError } from '@hashee/core';
import type { TopLevelSpec } from 'vega-lite';
import type { PlotOptions } from './plot-options.js';

export type { TopLevelSpec };

/** Eight colours that people with any colour vision can tell apart (Okabe and Ito 2008), lighter ones for dark ground. */
const COLOURS = {
  light: ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#B8860B', '#3A9BD9', '#7A5C3E', '#666666'],
  dark: ['#56B4E9', '#FF8C42', '#2ECC9B', '#E29CC4', '#F0E442', '#8AB4F8', '#C9A27C', '#BBBBBB'],
} as const;
/** Seven shapes: with eight colours, 56 combinations before one comes again. */
const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-right'];

/**
 * Draws a Vega-Lite specification as SVG, without a browser. The packages `vega` and `vega-lite` are loaded when first needed.
 * @throws HasheeError `MISSING_DEPENDENCY`, `INVALID_ARGUMENT` (specification)
 */
export async function renderSvg(specification: TopLevelSpec, options: PlotOptions = {}): Promise<string> {
  const [vega, lite] = await Promise.all([load(() => import('vega')), load(() => import('vega-lite'))]);
  const { width = 480, height = 320, title, theme = 'light' } = options;
  const ink = theme === 'light' ? '#1f2328' : '#e6edf3';
  const faint = theme === 'light' ? '#d0d7de' : '#3d444d';
  const axis = { labelColor: ink, titleColor: ink, gridColor: faint, domainColor: faint, tickColor: faint };
  try {
    const { spec } = lite.compile({
      width,
      height,
      background: theme === 'light' ? '#ffffff' : '#0d1117',
      padding: 8,
      ...(title === undefined ? {} : { title: { text: title, color: ink, anchor: 'start' } }),
      ...specification,
      config: {
        font: 'system-ui, sans-serif',
        range: { category: [...COLOURS[theme]], symbol: SHAPES },
        axis,
        legend: { labelColor: ink, titleColor: ink },
        view: { stroke: faint },
        ...specification.config,
      },
    } as TopLevelSpec);
    // Data comes with the specification: nothing is fetched.
    const loader = vega.loader();
    loader.load = async () => {
      throw new HasheeError('INVALID_ARGUMENT', 'Plots have their data in them; nothing is loaded.');
    };
    const view = new vega.View(vega.parse(spec), { renderer: 'none', loader, logLevel: vega.None });
    try {
      return await view.toSVG();
    } finally {
      view.finalize();
    }
  } catch (cause) {
    if (HasheeError.isInstance(cause)) throw cause;
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `The plot can't be drawn: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

async function load<Module>(importing: () => Promise<Module>): Promise<Module> {
  try {
    return await importing();
  } catch (cause) {
    throw new HasheeError(
      'MISSING_DEPENDENCY',
      'Plots need `vega` and `vega-lite`. Install them: npm install vega vega-lite',
      { fields: { packages: ['vega', 'vega-lite'] }, cause },
    );
  }
}
