export type { Entity } from './entities.js';
export * from './pipeline.js';
export type { PipelineInput, PipelinePair } from './pipeline-input.js';
export type { PipelineModel } from './pipeline-model.js';
export type { BatchOptions, CallOptions, PipelineOptions } from './pipeline-options.js';
export type { RunSummary } from './run-summary.js';
export type { LabelScore, TextClassification, TextClassificationOptions } from './text-classification.js';
export type { TextResult, TokenExit } from './text-result.js';
export type { Aggregation, TokenClassification, TokenClassificationOptions } from './token-classification.js';
