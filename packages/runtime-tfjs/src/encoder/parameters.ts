import type { Tensor } from '../engine/tensorflow.js';
import type { LinearParameters, NormParameters } from '../operations/operations.js';

/** Weights on an engine, by canonical name. */
export interface Parameters {
  /** `{name}.weight` and `{name}.bias` of a linear map. */
  linear(name: string): LinearParameters;
  norm(name: string): NormParameters;
  /** A tensor as the checkpoint has it. */
  tensor(name: string): Tensor;
  trains(name: string): boolean;
  /** An embedding table, `[rows, E]`; it stays outside the engine, which gets the rows of a batch only. */
  table(name: string): Float32Array;
}
