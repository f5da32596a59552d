import {
  type Checkpoint,
  encoderTensors,
  HasheeError,
  type HeadConfig,
  headTensors,
  type TrainerState,
  type TrainingSpec,
  type WeightSource,
} from '@hashee/core';
import {
  assertStateFits,
  decays,
  headWeights,
  type OptimizerSettings,
  optimizerSettings,
  requiredTensors,
  trainableSelector,
} from '@hashee/core/backend';
import { adamW, squaredNorm, type TrainedTensor } from './adamw.js';

/** All weights of a model in training, in JavaScript's memory: the optimizer works there, on every engine alike. */
export class ParameterStore implements WeightSource {
  /** Goes up whenever weights change. */
  version = 0;
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  readonly #values: ReadonlyMap<string, Float32Array>;
  readonly #trained: ReadonlyMap<string, TrainedTensor>;
  readonly #settings: OptimizerSettings;

  private constructor(
    shapes: ReadonlyMap<string, readonly number[]>,
    values: ReadonlyMap<string, Float32Array>,
    trains: (name: string) => boolean,
    settings: OptimizerSettings,
  ) {
    this.#shapes = shapes;
    this.#values = values;
    this.#settings = settings;
    const trained = new Map<string, TrainedTensor>();
    for (const [name, weights] of values)
      if (trains(name)) {
        const array = (): Float32Array => new Float32Array(weights.length);
        trained.set(name, { weights, gradient: array(), m: array(), v: array() });
      }
    this.#trained = trained;
  }

  static async create(
    checkpoint: Checkpoint,
    heads: readonly HeadConfig[],
    spec: TrainingSpec,
  ): Promise<ParameterStore> {
    const { config, weights } = checkpoint;
    requiredTensors(config, [], weights);
    const shapes = new Map<string, readonly number[]>(encoderTensors(config));
    const values = new Map<string, Float32Array>();
    for (const name of shapes.keys()) values.set(name, (await weights.read(name)).slice());
    for (const [index, head] of heads.entries()) {
      for (const [name, value] of await headWeights(head, index, config.hiddenSize, weights, spec.seed))
        values.set(name, value);
      for (const [name, shape] of headTensors(head, config.hiddenSize)) shapes.set(name, shape);
    }
    const trains = trainableSelector(spec.trainable, [...shapes.keys()]);
    return new ParameterStore(shapes, values, trains, optimizerSettings(spec.optimizer));
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
    return this.values(name);
  }

  values(name: string): Float32Array {
    this.shape(name);
    return this.#values.get(name)!;
  }

  trains(name: string): boolean {
    return this.#trained.has(name);
  }

  /** The accumulated gradient itself, to be added to; undefined for tensors that don't train. */
  gradientOf(name: string): Float32Array | undefined {
    return this.#trained.get(name)?.gradient;
  }

  /** The accumulated gradient, a copy; zeros for tensors that don't train. */
  gradient(name: string): Float32Array {
    const { length } = this.values(name);
    return this.#trained.get(name)?.gradient.slice() ?? new Float32Array(length);
  }

  clearGradient(): void {
    for (const { gradient } of this.#trained.values()) gradient.fill(0);
  }

  /** Global L2 norm of the accumulated gradient. */
  gradientNorm(): number {
    let sum = 0;
    for (const { gradient } of this.#trained.values()) sum += squaredNorm(gradient);
    return Math.sqrt(sum);
  }

  /** One update, number `step` from 1, and a cleared gradient. */
  update(step: number, learningRate: number, gradientScale: number): void {
    for (const [name, tensor] of this.#trained)
      adamW(tensor, this.#settings, step, learningRate, gradientScale, decays(name));
    this.version++;
  }

  state(step: number): TrainerState {
    const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
    for (const kind of ['weights', 'm', 'v'] as const)
      for (const [name, tensor] of this.#trained)
        tensors.set(`${kind}/${name}`, { shape: this.shape(name), data: tensor[kind] });
    return { step, tensors };
  }

  restore({ step, tensors }: TrainerState): void {
    const expected = this.state(step).tensors;
    assertStateFits(expected, tensors);
    for (const [name, { data }] of expected) data.set(tensors.get(name)!.data);
    this.clearGradient();
    this.version++;
  }
}
