/** A place where a sequence can stop: an internal classifier, a member of a cascade, one of several models. */
export interface Stop {
  /** Layers that a sequence went through that stops here, `[N]`. */
  readonly layers: Float64Array;
  /** What is answered here, `[N, C]`, and whatever else the decision reads, `[N, width]` each. */
  readonly answers: readonly Float32Array[];
  /** Multiply-accumulates executed for a sequence that stops here, heads asked before included, `[N]`. */
  readonly macs: Float64Array;
}

/** What every sequence would have answered wherever it could have stopped, and at what cost. */
export interface Recording {
  /** N */
  readonly sequences: number;
  /** C */
  readonly labels: number;
  readonly stops: readonly Stop[];
}

/** The values of one sequence in an array `[N, width]`. */
export function rowOf(values: Float32Array, row: number, sequences: number): Float32Array {
  const width = values.length / sequences;
  return values.subarray(row * width, (row + 1) * width);
}
