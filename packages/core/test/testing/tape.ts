import { softmax } from '../../src/testing/reference/math.js';

/** A matrix on a reverse-mode tape, float64, row by row. */
export class Value {
  readonly gradient: Float64Array;

  constructor(
    readonly rows: number,
    readonly columns: number,
    readonly data: Float64Array,
  ) {
    this.gradient = new Float64Array(data.length);
  }

  row(r: number): Float64Array {
    return this.data.subarray(r * this.columns, (r + 1) * this.columns);
  }

  gradientRow(r: number): Float64Array {
    return this.gradient.subarray(r * this.columns, (r + 1) * this.columns);
  }
}

function increase(target: Float64Array, by: ArrayLike<number>): void {
  for (let i = 0; i < target.length; i++) target[i] += by[i];
}

/** Operations in the order they ran; `backward` walks them from the end. Derivatives are written out by hand. */
export class Tape {
  readonly #steps: (() => void)[] = [];

  backward(): void {
    for (const step of this.#steps.toReversed()) step();
  }

  #record(rows: number, columns: number, compute: (out: Value) => void, back: (out: Value) => void): Value {
    const out = new Value(rows, columns, new Float64Array(rows * columns));
    compute(out);
    this.#steps.push(() => back(out));
    return out;
  }

  gather(x: Value, rows: readonly number[]): Value {
    return this.#record(
      rows.length,
      x.columns,
      (out) => {
        for (const [r, from] of rows.entries()) out.row(r).set(x.row(from));
      },
      (out) =>
        rows.forEach((from, r) => {
          increase(x.gradientRow(from), out.gradientRow(r));
        }),
    );
  }

  /** `base` with some rows replaced by those of `updates`. */
  scatter(base: Value, rows: readonly number[], updates: Value): Value {
    return this.#record(
      base.rows,
      base.columns,
      (out) => {
        out.data.set(base.data);
        for (const [r, to] of rows.entries()) out.row(to).set(updates.row(r));
      },
      (out) => {
        for (let to = 0; to < base.rows; to++) {
          const r = rows.indexOf(to);
          increase(r < 0 ? base.gradientRow(to) : updates.gradientRow(r), out.gradientRow(to));
        }
      },
    );
  }

  /** Sum of equally shaped matrices; a single row is added to every row. */
  add(x: Value, y: Value): Value {
    const place = (i: number): number => i % y.data.length;
    return this.#record(
      x.rows,
      x.columns,
      (out) => out.data.set(x.data.map((value, i) => value + y.data[place(i)])),
      (out) =>
        out.gradient.forEach((g, i) => {
          x.gradient[i] += g;
          y.gradient[place(i)] += g;
        }),
    );
  }

  multiply(x: Value, factors: Float64Array): Value {
    return this.#record(
      x.rows,
      x.columns,
      (out) => out.data.set(x.data.map((value, i) => value * factors[i])),
      (out) =>
        increase(
          x.gradient,
          out.gradient.map((g, i) => g * factors[i]),
        ),
    );
  }

  /** `x Wᵀ + b` */
  linear(x: Value, weight: Value, bias: Value): Value {
    const [n, into, out] = [x.rows, weight.columns, weight.rows];
    return this.#record(
      n,
      out,
      (y) => {
        for (let r = 0; r < n; r++)
          for (let o = 0; o < out; o++) {
            let sum = bias.data[o];
            for (let i = 0; i < into; i++) sum += x.data[r * into + i] * weight.data[o * into + i];
            y.data[r * out + o] = sum;
          }
      },
      (y) => {
        for (let r = 0; r < n; r++)
          for (let o = 0; o < out; o++) {
            const g = y.gradient[r * out + o];
            bias.gradient[o] += g;
            for (let i = 0; i < into; i++) {
              x.gradient[r * into + i] += g * weight.data[o * into + i];
              weight.gradient[o * into + i] += g * x.data[r * into + i];
            }
          }
      },
    );
  }

  layerNorm(x: Value, weight: Value, bias: Value, epsilon: number): Value {
    const H = x.columns;
    const normal = new Float64Array(x.data.length);
    const inverse = new Float64Array(x.rows);
    return this.#record(
      x.rows,
      H,
      (out) => {
        for (let r = 0; r < x.rows; r++) {
          const row = x.row(r);
          const mean = row.reduce((sum, v) => sum + v, 0) / H;
          const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / H;
          inverse[r] = 1 / Math.sqrt(variance + epsilon);
          row.forEach((v, c) => {
            normal[r * H + c] = (v - mean) * inverse[r];
            out.data[r * H + c] = normal[r * H + c] * weight.data[c] + bias.data[c];
          });
        }
      },
      (out) => {
        for (let r = 0; r < x.rows; r++) {
          let mean = 0;
          let along = 0;
          for (let c = 0; c < H; c++) {
            const g = out.gradient[r * H + c];
            weight.gradient[c] += g * normal[r * H + c];
            bias.gradient[c] += g;
            mean += (g * weight.data[c]) / H;
            along += (g * weight.data[c] * normal[r * H + c]) / H;
          }
          for (let c = 0; c < H; c++)
            x.gradient[r * H + c] +=
              inverse[r] * (out.gradient[r * H + c] * weight.data[c] - mean - normal[r * H + c] * along);
        }
      },
    );
  }

  map(x: Value, f: (value: number) => number, derivative: (value: number) => number): Value {
    return this.#record(
      x.rows,
      x.columns,
      (out) => out.data.set(x.data.map(f)),
      (out) =>
        increase(
          x.gradient,
          out.gradient.map((g, i) => g * derivative(x.data[i])),
        ),
    );
  }

  /** Multi-head attention of the rows of q over those of k and v; `drop` scales each share (dropout). */
  attention(q: Value, k: Value, v: Value, heads: number, D: number, drop: () => number): Value {
    const shares: Float64Array[] = [];
    const factors: Float64Array[] = [];
    const span = (row: Float64Array, h: number): Float64Array => row.subarray(h * D, (h + 1) * D);
    const dot = (x: Float64Array, y: Float64Array): number => x.reduce((sum, value, i) => sum + value * y[i], 0);
    const each = (visit: (m: number, h: number, i: number) => void): void => {
      for (let m = 0; m < q.rows; m++) for (let h = 0; h < heads; h++) visit(m, h, m * heads + h);
    };
    return this.#record(
      q.rows,
      heads * D,
      (out) =>
        each((m, h, i) => {
          const scores = Float64Array.from({ length: k.rows }, (_, n) => dot(span(q.row(m), h), span(k.row(n), h)));
          shares[i] = softmax(scores.map((score) => score / Math.sqrt(D)));
          factors[i] = shares[i].map(() => drop());
          for (let n = 0; n < k.rows; n++)
            span(v.row(n), h).forEach((value, d) => {
              span(out.row(m), h)[d] += shares[i][n] * factors[i][n] * value;
            });
        }),
      (out) =>
        each((m, h, i) => {
          const g = span(out.gradientRow(m), h);
          const toShares = shares[i].map((_, n) => factors[i][n] * dot(g, span(v.row(n), h)));
          const mean = dot(shares[i], toShares);
          for (let n = 0; n < k.rows; n++) {
            const toScore = (shares[i][n] * (toShares[n] - mean)) / Math.sqrt(D);
            for (let d = 0; d < D; d++) {
              span(v.gradientRow(n), h)[d] += shares[i][n] * factors[i][n] * g[d];
              span(q.gradientRow(m), h)[d] += toScore * span(k.row(n), h)[d];
              span(k.gradientRow(n), h)[d] += toScore * span(q.row(m), h)[d];
            }
          }
        }),
    );
  }

  /** Leaves the values alone and multiplies the gradient on its way back. */
  scaleGradient(x: Value, factor: number): Value {
    return this.#record(
      x.rows,
      x.columns,
      (out) => out.data.set(x.data),
      (out) =>
        increase(
          x.gradient,
          out.gradient.map((g) => factor * g),
        ),
    );
  }

  /** Ends the tape in a number: `loss` gives it, and adds its derivative to `logits.gradient`, when walked back. */
  end(logits: Value, derivative: () => Float64Array): void {
    this.#steps.push(() => increase(logits.gradient, derivative()));
  }
}
