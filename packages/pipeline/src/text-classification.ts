import type { CallOptions } from './pipeline-options.js';
import { softmax } from './softmax.js';
import { type TextResult, textResult } from './text-result.js';
import { assertFinite, type DecodeContext } from './text-runner.js';

export interface LabelScore {
  readonly label: string;
  /** Probability from 0 to 1; for regression the predicted number itself. */
  readonly score: number;
}

/** Answer for one text: the best label and its score. */
export interface TextClassification extends LabelScore, TextResult {
  /** The best labels in order, where `topK` was given. */
  readonly scores?: readonly LabelScore[];
}

export interface TextClassificationOptions extends CallOptions {
  /** Also list the `topK` best labels as `scores`; `null` lists all. @default only the best, without a list */
  readonly topK?: number | null | undefined;
}

export function decodeTextClassification(
  context: DecodeContext,
  options: TextClassificationOptions,
): TextClassification {
  const { logits, head } = context;
  assertFinite(logits);
  const scores = head.task === 'regression' ? [logits[0]] : softmax(logits);
  const ranked = scores.map((score, index) => ({ label: head.labels[index], score })).sort((a, b) => b.score - a.score);
  return {
    ...ranked[0],
    ...(options.topK === undefined ? {} : { scores: ranked.slice(0, options.topK ?? ranked.length) }),
    ...textResult(context.encoded, context.exitLayers, context.tokenizer, options.explain ?? false),
  };
}
