const PARTS = 100;

/**
 * Thresholds that part the observed values into equal shares, ascending and each once: where classifiers are all nearly sure, or
 * nearly unsure, fixed steps would jump from nobody leaving to everybody. Each lies halfway between two values, so that
 * rounding decides nothing.
 * @param values what the threshold is compared with
 */
export function observedThresholds(values: Float64Array): number[] {
  const sorted = values.toSorted();
  const thresholds = new Set<number>();
  for (let part = 1; part < PARTS; part++) {
    const above = Math.round((part / PARTS) * sorted.length);
    if (above > 0 && above < sorted.length && sorted[above - 1] < sorted[above])
      thresholds.add((sorted[above - 1] + sorted[above]) / 2);
  }
  return [...thresholds];
}
