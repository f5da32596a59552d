/** One setting of a method (a threshold, a patience, a number of layers): how fast and how good it is. */
export interface CurvePoint {
  /** How many times as fast as the dense model, by whichever count; more is better. */
  readonly speedup: number;
  /** More is better. */
  readonly quality: number;
}
