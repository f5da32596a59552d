import type { HeadConfig } from '@hashee/core';
import type { ExitPolicy } from './exit-policy.js';
import { largest } from './uncertainty.js';

export interface PatienceOptions {
  /**
   * Regression: answers closer than this agree. In units of the label.
   * @default swept together with the patience, 0.1 to 0.94
   */
  readonly tolerance?: number | undefined;
}

/** Of labels from 0 to 5; among them that of the paper's STS-B, 0.5, and that of ElasticBERT's program, 0.94. */
const TOLERANCES: readonly number[] = [0.1, 0.25, 0.5, 0.94];
const USUAL_TOLERANCE = 0.5;

/** The knob where both are swept: a setting is their sum, 3.25 a patience of 3 and a tolerance of 0.25. */
export const PATIENCE_AND_TOLERANCE = 'patience + tolerance';

/** What a setting of that knob says. A whole number has the tolerance 0.5. */
export function patienceAndTolerance(setting: number): { readonly patience: number; readonly tolerance: number } {
  const patience = Math.floor(setting);
  const tolerance = Number((setting - patience).toFixed(6));
  return { patience, tolerance: tolerance > 0 ? tolerance : USUAL_TOLERANCE };
}

/**
 * Leaves after so many answers in a row that agree with the one before (Zhou et al., NeurIPS 2020): patience 1 takes two
 * equal answers, or for regression two that are closer than a tolerance.
 */
export function patiencePolicy({ tolerance }: PatienceOptions = {}): ExitPolicy {
  const sweepsBoth = ({ task }: Pick<HeadConfig, 'task'>): boolean => task === 'regression' && tolerance === undefined;
  return {
    knob: (head) => (sweepsBoth(head) ? PATIENCE_AND_TOLERANCE : 'patience'),
    settings(head, layers) {
      const patiences = Array.from({ length: Math.max(1, layers - 1) }, (_, i) => layers - 1 - i);
      // There are L - 1 answers before the last, one agreement fewer: nothing leaves, however near answers are.
      const [never, ...others] = patiences;
      return sweepsBoth(head)
        ? [never, ...others.flatMap((patience) => TOLERANCES.map((each) => patience + each))]
        : patiences;
    },
    begin(setting, head) {
      const { task } = head;
      const both = sweepsBoth(head) ? patienceAndTolerance(setting) : { patience: setting, tolerance: tolerance ?? 0 };
      let agreements = 0;
      let before: number | undefined;
      return (logits) => {
        const answer = task === 'regression' ? logits[0] : largest(logits);
        const agrees =
          before !== undefined &&
          (task === 'regression' ? Math.abs(answer - before) < both.tolerance : answer === before);
        agreements = agrees ? agreements + 1 : 0;
        before = answer;
        return both.patience > 0 && agreements >= both.patience;
      };
    },
  };
}
