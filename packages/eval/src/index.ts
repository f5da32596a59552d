export type { Columns } from './data/columns.js';
export type { DataFormat } from './data/data-format.js';
export type {
  DataKind,
  Dataset,
  ExampleOfKind,
  GenerationExample,
  MultiLabelExample,
  TaggedExample,
  TextExample,
} from './data/example.js';
export type { LabelDefinition } from './data/label-set.js';
export * from './data/read-dataset.js';
export type { ReadOptions } from './data/read-options.js';
export * from './encode-dataset.js';
export * from './encode-words.js';
export * from './evaluate.js';
export type { Evaluation } from './evaluation.js';
export * from './evaluator.js';
export * from './latency/compare-timings.js';
export * from './latency/deal-slices.js';
export * from './latency/interleave.js';
export * from './latency/machine.js';
export * from './metrics/accuracy.js';
export * from './metrics/correlation.js';
export * from './metrics/entity-f1.js';
export * from './metrics/f1.js';
export * from './metrics/matthews.js';
export { defaultMetrics, type Judged, type Metric, type MetricName, metrics } from './metrics/metric.js';
export * from './metrics/spread.js';
export * from './metrics/tagged-entities.js';
export * from './statistics/bootstrap.js';
export type { Interval } from './statistics/interval.js';
export * from './tasks/load-task.js';
export type { TaskDescription } from './tasks/task.js';
export * from './tasks/tasks.js';
