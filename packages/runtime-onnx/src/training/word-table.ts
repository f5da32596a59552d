import type { OptimizerSettings } from '@hashee/core/backend';
import { type AdamWStep, adamWStep } from './adamw.js';
import type { AdamWKernel } from './adamw-kernel.js';
import { addRows } from './add-rows.js';

/** Share of the first moment below which its updates are lost in float32: what is left of all of them together is 1e-6 of one. */
const FADED = 1e-7;

/**
 * The word embeddings in training. A batch touches few of the rows, so AdamW's updates of the others (momentum fading, weight
 * decay) are put off until the row is read again; the result is that of updating all rows at every step.
 */
export class WordTable {
  readonly weights: Float32Array;
  readonly gradients: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
  readonly #width: number;
  readonly #settings: OptimizerSettings;
  readonly #kernel: AdamWKernel;
  /** Update up to which each row is current. */
  readonly #current: Int32Array;
  /** Rows whose moments aren't zero. */
  readonly #moving: Uint8Array;
  readonly #touched = new Set<number>();
  /** Updates without a gradient after which the first moment has faded: 153 at β₁ = 0.9. */
  readonly #fading: number;
  /** Learning rate of update i + 1 at index i, and the running product of decay factors. */
  #rates: number[] = [];
  #decay: number[] = [1];

  constructor(rows: number, width: number, settings: OptimizerSettings, kernel: AdamWKernel) {
    this.#kernel = kernel;
    this.#fading = settings.beta1 === 0 ? 1 : Math.ceil(Math.log(FADED) / Math.log(settings.beta1));
    this.#width = width;
    this.#settings = settings;
    this.weights = kernel.allocate(rows * width);
    this.gradients = kernel.allocate(rows * width);
    this.m = kernel.allocate(rows * width);
    this.v = kernel.allocate(rows * width);
    this.#current = new Int32Array(rows);
    this.#moving = new Uint8Array(rows);
  }

  get rows(): number {
    return this.#current.length;
  }

  /** Brings the rows of these ids up to date, before they are read. */
  refresh(ids: ArrayLike<number>): void {
    for (let i = 0; i < ids.length; i++) this.#catchUp(ids[i]);
  }

  /** Brings every row up to date. */
  refreshAll(): void {
    for (let row = 0; row < this.rows; row++) this.#catchUp(row);
  }

  /** Adds the gradient of each token's row, `[T, width]`. */
  accumulate(ids: ArrayLike<number>, rows: Float32Array): void {
    const E = this.#width;
    for (let t = 0; t < ids.length; t++) this.#touched.add(ids[t]);
    addRows(this.gradients, ids, rows, E);
  }

  /** Sum of squares of the whole gradient. */
  squaredGradientNorm(): number {
    let sum = 0;
    for (const row of this.#touched)
      sum += this.#kernel.squaredNorm(this.gradients, row * this.#width, (row + 1) * this.#width);
    return sum;
  }

  /** @param step the update's number, from 1 */
  update(step: number, learningRate: number, gradientScale: number): void {
    this.#remember(learningRate);
    const now = adamWStep(this.#settings, step, learningRate, gradientScale, true);
    for (const row of this.#touched) {
      this.#catchUp(row, step - 1);
      this.#kernel.apply(this, row * this.#width, (row + 1) * this.#width, now);
      this.#current[row] = step;
      this.#moving[row] = 1;
    }
    this.clearGradient();
  }

  clearGradient(): void {
    for (const row of this.#touched) this.gradients.fill(0, row * this.#width, (row + 1) * this.#width);
    this.#touched.clear();
  }

  /**
   * The update each row is current at, `[rows]`, and the learning rates so far, `[updates, 3]`, each as the sum of three
   * float32. A row's last bits depend on when it is brought up to date, so a restored table needs both to round alike.
   */
  pending(): { readonly current: Float32Array; readonly rates: Float32Array } {
    const rates = new Float32Array(3 * this.#rates.length);
    this.#rates.forEach((rate, i) => {
      const high = Math.fround(rate);
      const middle = Math.fround(rate - high);
      rates.set([high, middle, rate - high - middle], 3 * i);
    });
    return { current: Float32Array.from(this.#current), rates };
  }

  /** After weights and moments were put in from outside, with what `pending` gave beside them. */
  restored({ current, rates }: { readonly current: Float32Array; readonly rates: Float32Array }): void {
    this.#rates = [];
    this.#decay = [1];
    for (let i = 0; i < rates.length; i += 3) this.#remember(rates[i] + rates[i + 1] + rates[i + 2]);
    this.#current.set(current);
    this.#touched.clear();
    this.gradients.fill(0);
    for (let row = 0; row < this.rows; row++) {
      const from = row * this.#width;
      this.#moving[row] = this.v.subarray(from, from + this.#width).some((value) => value !== 0) ? 1 : 0;
    }
  }

  #remember(learningRate: number): void {
    this.#rates.push(learningRate);
    this.#decay.push(this.#decay[this.#decay.length - 1] * (1 - learningRate * this.#settings.weightDecay));
  }

  #catchUp(row: number, to: number = this.#rates.length): void {
    const from = this.#current[row];
    if (from >= to) return;
    const { weights, m, v } = this;
    const begin = row * this.#width;
    const end = begin + this.#width;
    const exact = this.#moving[row] ? Math.min(to, from + this.#fading) : from;
    const steps: AdamWStep[] = [];
    for (let step = from + 1; step <= exact; step++)
      steps.push(adamWStep(this.#settings, step, this.#rates[step - 1], 0, true));
    if (steps.length > 0) this.#kernel.fade(this, begin, end, steps);
    if (exact < to) {
      const keep = this.#decay[to] / this.#decay[exact];
      const { beta1, beta2 } = this.#settings;
      const fade1 = beta1 ** (to - exact);
      const fade2 = beta2 ** (to - exact);
      for (let i = begin; i < end; i++) {
        weights[i] *= keep;
        m[i] *= fade1;
        v[i] *= fade2;
      }
    }
    this.#current[row] = to;
  }
}
