export * from '../statistics/difference-interval.js';
export * from '../statistics/mean-interval.js';
export * from './at-speedup.js';
export * from './markdown-report.js';
export type * from './report.js';
export * from './report-file.js';
export * from './report-schema.js';
export * from './reported-cost.js';
