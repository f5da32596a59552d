export type { Context } from './context.js';
export type * from './grid/grid.js';
export { gridJsonSchema, parseGrid } from './grid/grid-schema.js';
export type * from './results/cell-result.js';
export { parseComparison } from './results/result-schema.js';
export * from './results/summarize.js';
export type * from './results/summary.js';
export * from './run-compare.js';
