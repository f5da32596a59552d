/**
 * Standard error of a score as an estimate from so many examples of dev: what other examples of the same kind might have given one
 * trained model. By metric, as a score is the mean of its metrics:
 * - shares of right answers, and what else is a mean over examples: √(p (1 - p) / n), the most that a mean of values between 0 and 1 has;
 * - Pearson's r: (1 - r²) / √(n - 3), which is Fisher's z (1921) on the scale of r; Spearman's times √(1 + r² / 2) (Bonett and
 *   Wright 2000);
 * - accuracy and F1 of two classes together: by the delta method, from the counts of right positives, mistakes and right
 *   negatives, which both scores and n determine;
 * - any other (F1 alone, Matthews, F1 of entities): 1 / √(n - 3), as a correlation of 0 has, the largest that correlations have.
 * Errors of other metrics that are averaged are averaged too, as if they went together.
 * @param metrics by name, shares or correlations
 * @param n examples of dev
 */
export function devError(metrics: Readonly<Record<string, number>>, n: number): number {
  const { accuracy, f1 } = metrics;
  const names = Object.keys(metrics);
  if (accuracy !== undefined && f1 !== undefined && names.length === 2) return errorOfAccuracyAndF1(accuracy, f1, n);
  return names.reduce((sum, name) => sum + errorOf(name, metrics[name], n), 0) / names.length;
}

function errorOf(name: string, value: number, n: number): number {
  const rest = Math.sqrt(Math.max(1, n - 3));
  const square = Math.min(1, value ** 2);
  if (name === 'accuracy') return Math.sqrt((Math.max(0, value) * (1 - Math.min(1, value))) / n);
  if (name === 'pearson') return (1 - square) / rest;
  if (name === 'spearman') return ((1 - square) * Math.sqrt(1 + square / 2)) / rest;
  return 1 / rest;
}

/** With shares t of right positives and e of mistakes: accuracy is 1 - e and F1 is 2t / (2t + e). */
function errorOfAccuracyAndF1(accuracy: number, f1: number, n: number): number {
  const e = 1 - accuracy;
  // All right: nothing varies. No positive is right: neither does F1.
  if (e <= 0) return 0;
  const t = Math.max(0, Math.min(accuracy, (e * f1) / (2 * (1 - f1))));
  const below = (2 * t + e) ** 2;
  const [byPositives, byMistakes] = [e / below, -0.5 - t / below];
  const mean = t * byPositives + e * byMistakes;
  return Math.sqrt(Math.max(0, t * byPositives ** 2 + e * byMistakes ** 2 - mean ** 2) / n);
}
