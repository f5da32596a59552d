export * from './batch-size-plot.js';
export * from './exit-layer-plot.js';
export type { PlotOptions } from './plot-options.js';
export * from './render-svg.js';
export * from './speed-quality-plot.js';
