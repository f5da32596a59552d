import type { GenerationSettings } from '../options/generation-settings.js';
import { banRepeatedNgrams } from './ban-repeated-ngrams.js';
import { keepTopK } from './keep-top-k.js';
import { keepTopP } from './keep-top-p.js';
import { penalizeRepetition } from './penalize-repetition.js';

/** Changes the scores `[V]` of what may follow `tokens`, in place. -Infinity forbids a token. */
export type ScoreProcessor = (tokens: readonly number[], scores: Float32Array) => void;

/** The processors that settings ask for, in the order of transformers. */
export function scoreProcessors(settings: GenerationSettings): ScoreProcessor[] {
  const { minLength, maxLength, noRepeatNgramSize, repetitionPenalty, forcedBosTokenId } = settings;
  const { forcedEosTokenIds, endTokenIds, doSample, temperature, topK, topP } = settings;
  const processors: ScoreProcessor[] = [];
  if (repetitionPenalty !== 1)
    processors.push((tokens, scores) => penalizeRepetition(tokens, scores, repetitionPenalty));
  if (noRepeatNgramSize > 0) processors.push((tokens, scores) => banRepeatedNgrams(tokens, scores, noRepeatNgramSize));
  if (minLength > 1 && endTokenIds.length > 0)
    processors.push((tokens, scores) => {
      if (tokens.length < minLength) for (const id of endTokenIds) scores[id] = Number.NEGATIVE_INFINITY;
    });
  if (forcedBosTokenId !== undefined)
    processors.push((tokens, scores) => {
      if (tokens.length === 1) force(scores, [forcedBosTokenId]);
    });
  if (forcedEosTokenIds.length > 0)
    processors.push((tokens, scores) => {
      if (tokens.length === maxLength - 1) force(scores, forcedEosTokenIds);
    });
  if (!doSample) return processors;
  if (temperature !== 1)
    processors.push((_, scores) => {
      for (let id = 0; id < scores.length; id++) scores[id] /= temperature;
    });
  if (topK > 0) processors.push((_, scores) => keepTopK(scores, topK));
  if (topP < 1) processors.push((_, scores) => keepTopP(scores, topP));
  return processors;
}

function force(scores: Float32Array, ids: readonly number[]): void {
  scores.fill(Number.NEGATIVE_INFINITY);
  for (const id of ids) scores[id] = 0;
}
