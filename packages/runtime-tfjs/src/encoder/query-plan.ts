/** Which rows are placed where for the padded queries of a batch, and where the answers are read. */
export interface QueryPlaces {
  /** Row of each padded query, head by head within a sequence, `[B·A·Q]`; free places read row 0. */
  readonly places: Int32Array;
  /** Padded place of each answer, `[m·A]`, in the order of the rows. */
  readonly answers: Int32Array;
}

/** The queries of a layer. */
export class QueryPlan {
  /** m */
  readonly count: number;
  /** Q, the most queries of a sequence. */
  readonly longest: number;

  constructor(
    /** `[B]` */
    readonly perSequence: Int32Array,
    /** Of each query, `[m]`. */
    readonly sequence: readonly number[],
    /** Number of each query among those of its sequence, `[m]`. */
    readonly within: readonly number[],
  ) {
    this.count = sequence.length;
    this.longest = perSequence.reduce((most, count) => Math.max(most, count), 0);
  }

  /** For rows [m·A, D], the heads of one token after the other. */
  byToken(heads: number): QueryPlaces {
    return this.#places(heads, (i, h) => i * heads + h);
  }

  /** For rows [A·m, H], the tokens of one head after the other. */
  byHead(heads: number): QueryPlaces {
    return this.#places(heads, (i, h) => h * this.count + i);
  }

  #places(A: number, row: (query: number, head: number) => number): QueryPlaces {
    const { count, longest, sequence, within } = this;
    const places = new Int32Array(this.perSequence.length * A * longest);
    const answers = new Int32Array(count * A);
    for (let i = 0; i < count; i++)
      for (let h = 0; h < A; h++) {
        const place = (sequence[i] * A + h) * longest + within[i];
        places[place] = row(i, h);
        answers[row(i, h)] = place;
      }
    return { places, answers };
  }
}
