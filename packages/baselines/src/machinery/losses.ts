import type { HeadConfig, LossTerm } from '@hashee/core';

/** What labels teach a head. */
export function labelLoss({ name, task }: HeadConfig, more: Partial<LossTerm> = {}): LossTerm {
  return { head: name, kind: task === 'regression' ? 'mse' : 'cross-entropy', ...more };
}

/** What a teacher's logits teach a head, at temperature T. */
export function teacherLoss({ name, task }: HeadConfig, more: Partial<LossTerm> = {}): LossTerm {
  return { head: name, kind: task === 'regression' ? 'mse' : 'distillation', target: 'teacher', ...more };
}

export const CLASSIFICATION = ['sequence-classification'] as const;
export const CLASSIFICATION_AND_REGRESSION = ['sequence-classification', 'regression'] as const;
