import {
  type EncoderConfig,
  encoderTensors,
  HasheeError,
  type HeadConfig,
  headTensors,
  type TrainerState,
  type WeightSource,
  WORD_TABLE,
} from '@hashee/core';
import { assertStateFits, headWeights, type OptimizerSettings, trainableSelector } from '@hashee/core/backend';
import { adamWStep } from './adamw.js';
import { AdamWKernel } from './adamw-kernel.js';
import { FlatParameters, flatFloats } from './flat-parameters.js';
import { WordTable } from './word-table.js';

const CURRENT = `pending/${WORD_TABLE}.current`;
const RATES = `pending/${WORD_TABLE}.rates`;

/** All weights of a model in training: those that train with gradients and moments, the others as they are. */
export class ParameterStore implements WeightSource {
  readonly flat: FlatParameters;
  readonly words: WordTable | undefined;
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  readonly #frozen: ReadonlyMap<string, Float32Array>;
  readonly #settings: OptimizerSettings;
  readonly #kernel: AdamWKernel;
  /** The gradient was used up; what is in the array counts as zero until it is written anew. */
  #cleared = true;

  private constructor(
    shapes: ReadonlyMap<string, readonly number[]>,
    values: ReadonlyMap<string, Float32Array>,
    trains: (name: string) => boolean,
    settings: OptimizerSettings,
    table: 'sparse' | 'dense',
  ) {
    this.#shapes = shapes;
    this.#settings = settings;
    const apart = (name: string): boolean => name === WORD_TABLE && table === 'sparse';
    const flat = [...shapes].filter(([name]) => trains(name) && !apart(name));
    const words = trains(WORD_TABLE) && apart(WORD_TABLE) ? shapes.get(WORD_TABLE) : undefined;
    this.#kernel = new AdamWKernel(flatFloats([...flat.map(([, shape]) => shape), ...(words ? [words] : [])]));
    this.flat = new FlatParameters(flat, (length) => this.#kernel.allocate(length));
    for (const [name] of flat) this.flat.view(this.flat.weights, name).set(values.get(name)!);
    if (words) {
      const [rows, width] = words;
      this.words = new WordTable(rows, width, settings, this.#kernel);
      this.words.weights.set(values.get(WORD_TABLE)!);
    }
    this.#frozen = new Map([...values].filter(([name]) => !trains(name)));
  }

  static async create(
    config: EncoderConfig,
    heads: readonly HeadConfig[],
    weights: WeightSource,
    options: {
      readonly trainable: readonly string[] | undefined;
      readonly seed: number;
      readonly settings: OptimizerSettings;
    },
  ): Promise<ParameterStore> {
    const shapes = new Map<string, readonly number[]>(encoderTensors(config));
    const values = new Map<string, Float32Array>();
    for (const name of shapes.keys()) values.set(name, await weights.read(name));
    for (const [index, head] of heads.entries()) {
      for (const [name, value] of await headWeights(head, index, config.hiddenSize, weights, options.seed))
        values.set(name, value);
      for (const [name, shape] of headTensors(head, config.hiddenSize)) shapes.set(name, shape);
    }
    const trains = trainableSelector(options.trainable, [...shapes.keys()]);
    return ParameterStore.of(shapes, values, trains, options.settings);
  }

  /**
   * @param words `sparse` where a batch touches few rows of the word table, `dense` where its gradient has all of them
   */
  static of(
    shapes: ReadonlyMap<string, readonly number[]>,
    values: ReadonlyMap<string, Float32Array>,
    trains: (name: string) => boolean,
    settings: OptimizerSettings,
    words: 'sparse' | 'dense' = 'sparse',
  ): ParameterStore {
    return new ParameterStore(shapes, values, trains, settings, words);
  }

  /** Names and shapes of the tensors that train. */
  trained(): ReadonlyMap<string, readonly number[]> {
    return new Map([...this.#shapes].filter(([name]) => this.flat.has(name) || (name === WORD_TABLE && this.words)));
  }

  names(): readonly string[] {
    return [...this.#shapes.keys()];
  }

  shape(name: string): readonly number[] {
    const shape = this.#shapes.get(name);
    if (!shape) throw new HasheeError('NOT_FOUND', `The model has no tensor "${name}".`, { fields: { name } });
    return shape;
  }

  async read(name: string): Promise<Float32Array> {
    this.shape(name);
    if (name === WORD_TABLE) this.words?.refreshAll();
    return this.values(name);
  }

  /** The values as they lie in memory; rows of the word table may be waiting for their update. */
  values(name: string): Float32Array {
    if (this.flat.has(name)) return this.flat.view(this.flat.weights, name);
    return name === WORD_TABLE && this.words ? this.words.weights : this.#frozen.get(name)!;
  }

  /** The accumulated gradient, a copy; zeros for tensors that don't train. */
  gradient(name: string): Float32Array {
    const size = this.shape(name).reduce((product, n) => product * n, 1);
    if (this.#cleared) this.#zeroGradient();
    if (this.flat.has(name)) return this.flat.view(this.flat.gradients, name).slice();
    return name === WORD_TABLE && this.words ? this.words.gradients.slice() : new Float32Array(size);
  }

  clearGradient(): void {
    this.#cleared = true;
    this.words?.clearGradient();
  }

  /** Where a first batch writes its gradient, all of it but the word table's; what is there has no meaning. */
  overwriteGradient(): Float32Array {
    this.#cleared = false;
    return this.flat.gradients;
  }

  #zeroGradient(): void {
    this.flat.gradients.fill(0);
    this.#cleared = false;
  }

  /** Global L2 norm of the accumulated gradient. */
  gradientNorm(): number {
    const { gradients } = this.flat;
    if (this.#cleared) this.#zeroGradient();
    return Math.sqrt(
      this.#kernel.squaredNorm(gradients, 0, gradients.length) + (this.words?.squaredGradientNorm() ?? 0),
    );
  }

  /** One AdamW update, number `step` from 1, and a cleared gradient. */
  update(step: number, learningRate: number, gradientScale: number): void {
    const { flat } = this;
    if (this.#cleared) this.#zeroGradient();
    const numbers = (decay: boolean): ReturnType<typeof adamWStep> =>
      adamWStep(this.#settings, step, learningRate, gradientScale, decay);
    this.#kernel.apply(flat, 0, flat.decayEnd, numbers(true));
    this.#kernel.apply(flat, flat.decayEnd, flat.weights.length, numbers(false));
    this.words?.update(step, learningRate, gradientScale);
    this.#cleared = true;
  }

  /** Rows of the word table may be waiting for their update; what they wait for is beside them, under `pending/`. */
  state(step: number): TrainerState {
    const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
    for (const [kind, array, words] of this.#arrays()) {
      for (const [name, shape] of this.trained())
        tensors.set(`${kind}/${name}`, {
          shape,
          data: name === WORD_TABLE && words ? words : this.flat.view(array, name),
        });
    }
    if (this.words) {
      const { current, rates } = this.words.pending();
      tensors.set(CURRENT, { shape: [current.length], data: current });
      tensors.set(RATES, { shape: [rates.length / 3, 3], data: rates });
    }
    return { step, tensors };
  }

  restore(state: TrainerState): void {
    const expected = new Map(this.state(state.step).tensors);
    // Rates of every update that the state has behind it.
    if (expected.has(RATES)) expected.set(RATES, { shape: [state.step, 3], data: new Float32Array(0) });
    assertStateFits(expected, state.tensors);
    const current = state.tensors.get(CURRENT)?.data;
    const wrong = current?.find((update) => !Number.isInteger(update) || update < 0 || update > state.step);
    if (wrong !== undefined)
      throw new HasheeError(
        'INVALID_CHECKPOINT',
        `State tensor "${CURRENT}" holds ${wrong}, expected updates from 0 to ${state.step}.`,
        { fields: { name: CURRENT, value: wrong, step: state.step } },
      );
    for (const [name, { data }] of expected) if (name !== RATES) data.set(state.tensors.get(name)!.data);
    this.#cleared = true;
    if (current) this.words?.restored({ current, rates: state.tensors.get(RATES)!.data });
  }

  #arrays(): [kind: string, flat: Float32Array, words: Float32Array | undefined][] {
    const { flat, words } = this;
    return [
      ['weights', flat.weights, words?.weights],
      ['m', flat.m, words?.m],
      ['v', flat.v, words?.v],
    ];
  }
}
