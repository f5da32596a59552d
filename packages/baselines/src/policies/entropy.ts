import type { ExitPolicy } from './exit-policy.js';
import { thresholdGrid } from './threshold-grid.js';
import { entropy, normalisedEntropy } from './uncertainty.js';

/** Leaves where the entropy, in nats, is below the threshold (Xin et al., ACL 2020). */
export const entropyPolicy: ExitPolicy = {
  knob: 'entropy threshold',
  settings: ({ labels }) => thresholdGrid(1.001 * Math.log(labels.length)),
  uncertainty: entropy,
  begin: (threshold) => (logits) => entropy(logits) < threshold,
};

/** Leaves where the entropy as a share of ln C is at most the threshold (Liu et al., ACL 2020, "speed"). */
export const normalisedEntropyPolicy: ExitPolicy = {
  knob: 'speed',
  settings: () => thresholdGrid(1),
  uncertainty: normalisedEntropy,
  begin: (speed) => (logits) => normalisedEntropy(logits) <= speed,
};
