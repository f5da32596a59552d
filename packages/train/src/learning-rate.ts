export interface Schedule {
  /** The highest rate. */
  readonly learningRate: number;
  /** Updates of the whole run. */
  readonly steps: number;
  /** Share of the updates in which the rate rises, 0 to 1. */
  readonly warmup: number;
}

/**
 * Rate of an update: rises linearly over the first `warmup` of all updates, then falls linearly towards 0. With W
 * updates of warm-up out of S, update s runs at `min(s / W, (S + 1 - s) / (S + 1 - W))` of the highest rate: no update is
 * wasted at rate 0, and update W has the full rate.
 * @param step from 1
 */
export function learningRateAt(step: number, { learningRate, steps, warmup }: Schedule): number {
  const rising = Math.min(steps, Math.max(1, Math.round(warmup * steps)));
  return learningRate * Math.min(step / rising, (steps + 1 - step) / (steps + 1 - rising));
}
