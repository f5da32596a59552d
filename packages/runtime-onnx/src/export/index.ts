export * from './export-onnx.js';
export {
  EXPORT_DTYPES,
  EXPORT_OPSETS,
  EXPORT_TARGETS,
  type ExportDtype,
  type ExportOptions,
  type ExportProgress,
  type ExportTarget,
} from './export-options.js';
export { type OpenExportOptions, openExport } from './exported-encoder.js';
export * from './sequence-to-sequence/export-sequence-to-sequence.js';
export type { WrittenFile } from './write-models.js';
