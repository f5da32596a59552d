import type { ExitPolicy } from './exit-policy.js';
import { largest } from './uncertainty.js';

export interface PatienceOptions {
  /** Regression: answers closer than this agree. In units of the label. @default 0.5, as in the paper's STS-B, 0 to 5 */
  readonly tolerance?: number | undefined;
}

/**
 * Leaves after so many answers in a row that agree with the one before (Zhou et al., NeurIPS 2020): patience 1 takes two
 * equal answers.
 */
export function patiencePolicy({ tolerance = 0.5 }: PatienceOptions = {}): ExitPolicy {
  return {
    knob: 'patience',
    settings: (_, layers) => Array.from({ length: Math.max(1, layers - 1) }, (_, i) => layers - 1 - i),
    begin(patience, { task }) {
      let agreements = 0;
      let before: number | undefined;
      return (logits) => {
        const answer = task === 'regression' ? logits[0] : largest(logits);
        const agrees =
          before !== undefined && (task === 'regression' ? Math.abs(answer - before) < tolerance : answer === before);
        agreements = agrees ? agreements + 1 : 0;
        before = answer;
        return patience > 0 && agreements >= patience;
      };
    },
  };
}
