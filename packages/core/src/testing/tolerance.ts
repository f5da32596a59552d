/** How far a runtime may be from the float64 reference. All in one place. */
export interface Tolerance {
  /** Absolute, on states and logits of order 1. */
  readonly values: number;
  /** Absolute, between two runs of one runtime that must agree to rounding (batch order, dense equality, passes). */
  readonly rounding: number;
  /** On losses: absolute below 1, relative above. */
  readonly loss: number;
  /** On gradients: relative to the largest entry of the whole gradient. */
  readonly gradient: number;
  /** On weights after an update, relative to the learning rate times the number of updates. */
  readonly update: number;
}

/** For float32 runtimes. */
export const DEFAULT_TOLERANCE: Tolerance = {
  values: 1e-4,
  rounding: 2e-5,
  loss: 1e-4,
  gradient: 1e-4,
  update: 1e-2,
};
