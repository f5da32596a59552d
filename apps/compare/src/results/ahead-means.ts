/** What "ahead" and "behind" mean in tables and findings, as `ahead` decides it. */
export const AHEAD_MEANS =
  "Ahead and behind: the difference is larger than chance would make it in 95 of 100 cases, both by the seeds (Welch's t-test; two methods with a single seed have none) and by the number of examples of dev (the error of a share for accuracy, of Fisher's z for correlations, of its counts for F1). Else level. Pairs are tested one by one, without correction for their number.";
