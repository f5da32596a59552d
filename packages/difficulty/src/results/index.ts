export { parseSettings } from '../study/settings-schema.js';
export * from './markdown-study.js';
export * from './paper.js';
export type * from './result.js';
export { RESULT_VERSION, STUDY_PARTS } from './result.js';
export { readCell, readStudy, writeCell } from './result-files.js';
export * from './result-schema.js';
export * from './summarize-study.js';
export type * from './summary.js';
