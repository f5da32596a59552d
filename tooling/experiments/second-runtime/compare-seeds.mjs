// Two groups of runs that differ in the runtime: their spread, and whether their means differ by more than it explains.

/**
 * @typedef {object} Spread
 * @property {number} mean
 * @property {number} deviation sample standard deviation; 0 for one value
 * @property {number} low
 * @property {number} high
 */

/** @param {readonly number[]} values @returns {Spread} */
export function spreadOf(values) {
  if (values.length === 0) throw new RangeError('there is nothing to take the mean of');
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
  return { mean, deviation, low: Math.min(...values), high: Math.max(...values) };
}

/**
 * Where a value lies in the spread of others: within one standard deviation of their mean, and between their extremes.
 * @param {number} value
 * @param {Spread} spread
 */
export function standing(value, { mean, deviation, low, high }) {
  return { withinDeviation: Math.abs(value - mean) <= deviation, withinRange: value >= low && value <= high };
}

/**
 * Exact two-sided permutation test of a difference of means: the share of all ways to deal the values out to groups of these
 * sizes that set the means at least as far apart.
 * @param {readonly number[]} a
 * @param {readonly number[]} b
 */
export function permutationTest(a, b) {
  const all = [...a, ...b];
  const total = all.reduce((sum, value) => sum + value, 0);
  const apart = (/** @type {number} */ sum) => Math.abs(sum / a.length - (total - sum) / b.length);
  const observed = apart(a.reduce((sum, value) => sum + value, 0));
  let deals = 0;
  let extreme = 0;
  /** @param {number} next @param {number} left @param {number} sum */
  const deal = (next, left, sum) => {
    if (left === 0) {
      deals++;
      // Equal values summed in another order differ in their last digits.
      if (apart(sum) >= observed - 1e-12) extreme++;
      return;
    }
    for (let i = next; i <= all.length - left; i++) deal(i + 1, left - 1, sum + all[i]);
  };
  deal(0, a.length, 0);
  return { deals, pValue: extreme / deals };
}

/**
 * Welch's test of a difference of means, two-sided, for groups of at least two values whose variances may differ.
 * @param {readonly number[]} a
 * @param {readonly number[]} b
 */
export function welchTest(a, b) {
  if (a.length < 2 || b.length < 2) throw new RangeError("Welch's test takes at least two values of each");
  const [x, y] = [spreadOf(a), spreadOf(b)];
  const [u, v] = [x.deviation ** 2 / a.length, y.deviation ** 2 / b.length];
  const t = (x.mean - y.mean) / Math.sqrt(u + v);
  const freedom = (u + v) ** 2 / (u ** 2 / (a.length - 1) + v ** 2 / (b.length - 1));
  return { t, freedom, pValue: studentTail(Math.abs(t), freedom) };
}

/**
 * P(|T| ≥ t) of Student's distribution. With t = √ν tan θ its density becomes cos^(ν-1) θ.
 * @param {number} t
 * @param {number} freedom ν, at least 1
 */
function studentTail(t, freedom) {
  /** Simpson's rule. @param {number} from @param {number} to */
  const area = (from, to) => {
    const steps = 2000;
    const width = (to - from) / steps;
    let sum = 0;
    for (let i = 0; i <= steps; i++) {
      const weight = i === 0 || i === steps ? 1 : i % 2 ? 4 : 2;
      sum += weight * Math.max(0, Math.cos(from + i * width)) ** (freedom - 1);
    }
    return (sum * width) / 3;
  };
  return area(Math.atan(t / Math.sqrt(freedom)), Math.PI / 2) / area(0, Math.PI / 2);
}
