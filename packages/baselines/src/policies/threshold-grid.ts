/**
 * Thresholds from 0 to `most`, denser towards 0: well-trained classifiers are mostly very sure, so that equal steps would lie
 * where nothing happens.
 */
export function thresholdGrid(most: number): number[] {
  const steps = 48;
  const least = 1e-5;
  const spaced = Array.from({ length: steps }, (_, i) => most * least ** (1 - (i + 1) / steps));
  return [0, ...spaced];
}
