export type { BenchOptions } from './bench.js';
export type { Context } from './context.js';
export type * from './report/report.js';
export { parsePeersReport } from './report/report-schema.js';
export { speedChart } from './report/speed-chart.js';
export * from './run-bench.js';
