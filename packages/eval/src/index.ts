export * from './cost/count-macs.js';
export * from './cost/elue-macs.js';
export * from './cost/layer-speedup.js';
export * from './cost/work.js';
export * from './curve/choose-setting.js';
export type { CurvePoint } from './curve/curve-point.js';
export * from './curve/elue-score.js';
export * from './curve/interpolate.js';
export * from './curve/mean-curve.js';
export * from './curve/pareto-front.js';
export * from './curve/quality-at.js';
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
export * from './latency/fresh-process.js';
export * from './latency/interleave.js';
export * from './latency/largest-batch.js';
export * from './latency/machine.js';
export * from './latency/measure-throughput.js';
export * from './latency/speedup-interval.js';
export * from './metrics/accuracy.js';
export * from './metrics/correlation.js';
export * from './metrics/entity-f1.js';
export * from './metrics/f1.js';
export * from './metrics/matthews.js';
export { defaultMetrics, type Judged, type Metric, type MetricName, metrics } from './metrics/metric.js';
export * from './metrics/rouge/porter-stemmer.js';
export * from './metrics/rouge/rouge.js';
export * from './metrics/rouge/tokenize.js';
export * from './metrics/spread.js';
export * from './metrics/tagged-entities.js';
export type * from './report/report.js';
export * from './report/reported-cost.js';
export * from './statistics/bootstrap.js';
export type { Interval } from './statistics/interval.js';
export * from './statistics/metric-interval.js';
export * from './statistics/percentiles.js';
export type { Split } from './tasks/find-split.js';
export * from './tasks/load-task.js';
export type { TaskDescription, TaskLayout } from './tasks/task.js';
export * from './tasks/task-file.js';
export * from './tasks/tasks.js';
