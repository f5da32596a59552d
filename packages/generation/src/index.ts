export * from './generated-text.js';
export type { GenerationEvent, TokenEvent } from './generation-event.js';
export * from './generation-model.js';
export type { GenerationSummary } from './generation-summary.js';
export * from './generator.js';
export type {
  CallOptions,
  GenerationOptions,
  GeneratorOptions,
  SourceBatchOptions,
} from './options/generation-options.js';
export { type GenerationSettings, resolveSettings } from './options/generation-settings.js';
export { readGenerationConfig } from './options/read-generation-config.js';
export { type ScoreProcessor, scoreProcessors } from './scores/score-processors.js';
export * from './search/hypothesis.js';
export { search } from './search/search.js';
