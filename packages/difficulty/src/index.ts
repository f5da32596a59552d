export * from './bits/bit-set.js';
export * from './bits/bits.js';
export * from './bits/bits-profile.js';
export * from './data/evenly.js';
export * from './data/split-groups.js';
export * from './data/tagged-pieces.js';
export * from './exits/bit-exits.js';
export * from './exits/consistency.js';
export * from './exits/exit-outcome.js';
export * from './exits/record-in-order.js';
export * from './exits/token-exits.js';
export { type BitScores, bitScores } from './metrics/bit-scores.js';
export * from './metrics/random-scores.js';
export * from './model/annotate.js';
export { type Answered, askHeads } from './model/ask-heads.js';
export * from './model/exits-judge.js';
export * from './model/train-exits.js';
export * from './predictors/bit-heads.js';
export type * from './predictors/bit-predictor.js';
export * from './predictors/encoder-predictor.js';
export {
  goldLabelPrior,
  type LabelDistribution,
  labelDistribution,
  typeLabelPrior,
  typeMemory,
} from './predictors/label-prior.js';
export * from './predictors/majority.js';
export * from './study/run-study.js';
export * from './study/settings.js';
export type { MakeWordPredictors, StudyProgress } from './study/study-context.js';
