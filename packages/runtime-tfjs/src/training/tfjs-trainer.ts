import {
  type AccumulateOptions,
  answersTokens,
  assertTableFits,
  type Checkpoint,
  type Encoder,
  type EncoderConfig,
  type ExitTable,
  exitLayersOf,
  HasheeError,
  type HeadConfig,
  readsFirstOnly,
  type StepResult,
  type Targets,
  type TokenBatch,
  type Trainer,
  type TrainerState,
  type TrainingSpec,
  validateBatch,
  type WeightSource,
} from '@hashee/core';
import {
  assertTrainedLayers,
  Lifetime,
  optimizerSettings,
  resolveModel,
  termsAt,
  validateTrainingSpec,
} from '@hashee/core/backend';
import { BatchPlan } from '../encoder/batch-plan.js';
import { absorbedCost, type DropoutSite, type EncoderContext } from '../encoder/context.js';
import { embeddingSum, positionsOf } from '../encoder/embeddings.js';
import { type AttentionPreference, chooseLayers } from '../encoder/shape.js';
import type { Engine } from '../engine/engine.js';
import type { Tensor } from '../engine/tensorflow.js';
import { TfjsEncoder } from '../inference/tfjs-encoder.js';
import { DropoutMasks } from './dropout-masks.js';
import { lossTerm } from './loss.js';
import { type TargetRows, targetRows } from './loss-targets.js';
import { ParameterStore } from './parameter-store.js';
import { TrainedParameters } from './trained-parameters.js';
import { trainingForward } from './training-forward.js';

const TABLES = ['embeddings.word', 'embeddings.position', 'embeddings.type'] as const;

/** What one batch is trained with, checked. */
interface Batch {
  readonly batch: TokenBatch;
  readonly plan: BatchPlan;
  readonly heads: readonly HeadConfig[];
  /** By number of the term; absent for terms that don't have their turn. */
  readonly targets: readonly (TargetRows | undefined)[];
  readonly layers: readonly number[] | undefined;
}

/** Core's Trainer on TensorFlow.js: gradients by its tape, the optimizer in JavaScript. */
export class TfjsTrainer implements Trainer {
  readonly heads: readonly HeadConfig[];
  readonly #config: EncoderConfig;
  readonly #spec: TrainingSpec;
  readonly #exitTable: ExitTable | undefined;
  readonly #store: ParameterStore;
  readonly #engine: Engine;
  readonly #parameters: TrainedParameters;
  readonly #attention: AttentionPreference;
  readonly #masks: DropoutMasks;
  readonly #encoders = new Set<TfjsEncoder>();
  readonly #lifetime: Lifetime;
  #step = 0;
  /** Batches accumulated since the last update. */
  #parts = 0;

  private constructor(
    config: EncoderConfig,
    heads: readonly HeadConfig[],
    spec: TrainingSpec,
    exitTable: ExitTable | undefined,
    store: ParameterStore,
    engine: Engine,
    attention: AttentionPreference,
  ) {
    this.#config = config;
    this.heads = heads;
    this.#spec = spec;
    this.#exitTable = exitTable;
    this.#store = store;
    this.#engine = engine;
    this.#attention = attention;
    this.#parameters = new TrainedParameters(engine, store);
    this.#masks = new DropoutMasks(config, spec);
    this.#lifetime = new Lifetime('trainer', () => this.#parameters.clear());
  }

  static async create(
    checkpoint: Checkpoint,
    spec: TrainingSpec,
    engine: Engine,
    attention: AttentionPreference,
  ): Promise<TfjsTrainer> {
    const { config } = checkpoint;
    const heads = spec.heads ?? checkpoint.heads;
    resolveModel({ config, heads }, {});
    validateTrainingSpec(spec, heads);
    const exitTable = spec.exitTable === undefined ? checkpoint.exitTable : (spec.exitTable ?? undefined);
    if (exitTable) assertTableFits(exitTable, config);
    const store = await ParameterStore.create(checkpoint, heads, spec);
    return new TfjsTrainer(config, heads, spec, exitTable, store, engine, attention);
  }

  get step(): number {
    return this.#step;
  }

  async accumulate(batch: TokenBatch, targets: Targets, options: AccumulateOptions = {}): Promise<StepResult> {
    const { scale = 1 } = options;
    if (!Number.isFinite(scale))
      throw new HasheeError('INVALID_ARGUMENT', `accumulate(): scale must be finite, got ${scale}.`, {
        fields: { scale },
      });
    const given = this.#check(batch, targets, termsAt(this.#spec.losses, this.#step), options.layers);
    const trained = this.#store.names().filter((name) => this.#store.trains(name));
    const weights = trained.filter((name) => !(TABLES as readonly string[]).includes(name));
    return this.#lifetime.use(async () => {
      const { terms, sum, gradients } = this.#differentiate(given, weights, this.#dropout());
      try {
        const values = await this.#take(terms);
        const { losses } = this.#spec;
        const loss = values.reduce((total, value, index) => total + value * (losses[index].weight ?? 1), 0);
        if (!Number.isFinite(loss))
          throw new HasheeError(
            'RUNTIME',
            `The loss is ${loss} at update ${this.#step + 1}. Lower the learning rate, or look for extreme targets in this batch.`,
            { fields: { loss, terms: values, step: this.#step } },
          );
        for (const [name, gradient] of gradients)
          addScaled(this.#store.gradientOf(name)!, await this.#engine.take(gradient), scale);
        if (sum) this.#addTables(given.plan, await this.#engine.take(sum), scale);
        this.#parts++;
        return { loss, terms: values };
      } finally {
        for (const tensor of [...terms, sum, ...gradients.values()]) tensor?.dispose();
      }
    });
  }

  async update({ learningRate }: { readonly learningRate: number }): Promise<{ readonly gradientNorm: number }> {
    this.#lifetime.assertAlive();
    if (!(learningRate >= 0 && Number.isFinite(learningRate)))
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `update(): learningRate must be a number from 0, got ${learningRate}.`,
        { fields: { learningRate } },
      );
    const gradientNorm = this.#store.gradientNorm();
    this.#parts = 0;
    if (!Number.isFinite(gradientNorm)) {
      this.#store.clearGradient();
      throw new HasheeError('RUNTIME', `The gradient's norm is ${gradientNorm}: lower the learning rate.`, {
        fields: { gradientNorm },
      });
    }
    const { maxGradientNorm } = optimizerSettings(this.#spec.optimizer);
    const clip = maxGradientNorm > 0 ? Math.min(1, maxGradientNorm / (gradientNorm + 1e-6)) : 1;
    this.#step++;
    this.#store.update(this.#step, learningRate, clip);
    return { gradientNorm };
  }

  async headImportance(batch: TokenBatch, targets: Targets): Promise<Float32Array[]> {
    const given = this.#check(
      batch,
      targets,
      this.#spec.losses.map(() => true),
      undefined,
    );
    const { heads, headSize: D } = this.#config;
    return this.#lifetime.use(async () => {
      const contexts = new Map<number, Tensor>();
      const shifts = new Map<number, Tensor>();
      const { engine } = this.#context();
      // A tensor of zeros is added to each context: its gradient is the context's.
      const layers = this.#layersOf(given).filter(({ attention }) => attention !== 'none');
      for (const { layer, queries } of layers) {
        const m = queries === 'first' ? given.plan.sequences : given.plan.active(layer);
        shifts.set(
          layer,
          engine.run(() => engine.tf.zeros([m, heads[layer - 1] * D])),
        );
      }
      const found: Tensor[] = [];
      try {
        const onAttention = (layer: number, mixed: Tensor): Tensor => {
          contexts.set(layer, engine.tf.keep(engine.tf.clone(mixed)));
          return engine.operations.add(mixed, shifts.get(layer)!);
        };
        const { value, gradients } = engine.gradients(() => {
          const { total, terms } = this.#loss({ ...this.#context(), onAttention }, given, this.#sum(given.plan));
          found.push(...terms);
          return total;
        }, [...shifts.values()]);
        found.push(value, ...gradients.filter((gradient) => gradient !== undefined));
        const importance = heads.map((A) => new Float32Array(A));
        for (const [index, layer] of [...shifts.keys()].entries()) {
          const gradient = gradients[index];
          if (!gradient) continue;
          const [mixed, slope] = [await contexts.get(layer)!.data(), await gradient.data()];
          addImportance(importance[layer - 1], mixed as Float32Array, slope as Float32Array, D);
        }
        return importance;
      } finally {
        for (const tensor of [...contexts.values(), ...shifts.values(), ...found]) tensor.dispose();
      }
    });
  }

  gradient(name: string): Float32Array {
    return this.#store.gradient(name);
  }

  async encoder(name?: string): Promise<Encoder> {
    this.#lifetime.assertAlive();
    const model = resolveModel({ config: this.#config, heads: this.heads, exitTable: this.#exitTable }, { head: name });
    const encoder = new TfjsEncoder(model, this.#engine, this.#parameters, this.#attention, () => {
      this.#encoders.delete(encoder);
    });
    this.#encoders.add(encoder);
    return encoder;
  }

  weights(): WeightSource {
    return this.#store;
  }

  state(): TrainerState {
    return this.#store.state(this.#step);
  }

  async restore(state: TrainerState): Promise<void> {
    this.#lifetime.assertAlive();
    this.#store.restore(state);
    this.#step = state.step;
    this.#parts = 0;
  }

  async dispose(): Promise<void> {
    for (const encoder of [...this.#encoders]) await encoder.dispose();
    await this.#lifetime.dispose();
  }

  #context(): EncoderContext {
    return { engine: this.#engine, config: this.#config, parameters: this.#parameters };
  }

  /** Refuses what doesn't fit before anything is computed. */
  #check(
    batch: TokenBatch,
    targets: Targets,
    counts: readonly boolean[],
    layers: readonly number[] | undefined,
  ): Batch {
    this.#lifetime.assertAlive();
    validateBatch(batch, this.#config);
    const sequences = batch.offsets.length - 1;
    if (sequences === 0)
      throw new HasheeError('INVALID_BATCH', 'A training batch has at least one sequence, got none.');
    const { losses } = this.#spec;
    const counted = losses.filter((_, index) => counts[index]);
    const heads = this.heads.filter(({ name }) => counted.some(({ head, of }) => head === name || of === name));
    assertTrainedLayers(layers, heads, this.#config.layers);
    const rows = losses.map((term, index) => {
      const head = heads.find(({ name }) => name === term.head);
      if (!counts[index] || !head) return undefined;
      return targetRows(term, head, targets, answersTokens(head) ? batch.inputIds.length : sequences);
    });
    const plan = new BatchPlan(batch, exitLayersOf(batch, this.#config.layers, this.#exitTable));
    return { batch, plan, heads, targets: rows, layers };
  }

  #layersOf({ plan, heads, layers }: Batch): ReturnType<typeof chooseLayers> {
    const lastLayer = heads.reduce((last, { layer }) => Math.max(last, layer), 1);
    return chooseLayers({
      config: this.#config,
      plan,
      lastLayer,
      read: heads.every((head) => head.layer < lastLayer || readsFirstOnly(head)) ? 'first' : 'all',
      attention: this.#attention,
      ...absorbedCost(this.#context()),
      only: layers,
    });
  }

  #dropout(): (x: Tensor, site: DropoutSite) => Tensor {
    let sites = 0;
    return (x, site) => {
      const probability = this.#masks.probability(site);
      if (probability === 0) return x;
      const mask = this.#masks.mask(probability, x.size, this.#step, this.#parts, sites++);
      return this.#engine.operations.multiplyBy(x, this.#engine.float32(mask, [x.size]));
    };
  }

  #sum(plan: BatchPlan): Tensor {
    const rows = embeddingSum(this.#config, this.#parameters, plan);
    return this.#engine.float32(rows, [plan.tokens, this.#config.embeddingSize]);
  }

  /** The terms of the recipe, and their weighted sum as a scalar that has a gradient. */
  #loss(context: EncoderContext, given: Batch, sum: Tensor): { total: Tensor; terms: Tensor[] } {
    const { engine } = context;
    const { tf } = engine;
    const { plan, heads, targets } = given;
    const equilibrium = this.#spec.gradientEquilibrium === true;
    const logits = trainingForward(context, plan, this.#layersOf(given), heads, sum, equilibrium);
    const terms: Tensor[] = [];
    const answers = heads.map(({ name }) => logits.get(name)!);
    const total = engine.operations.scalar(answers, () => {
      const gradients = answers.map((answer) => tf.zerosLike(answer));
      let value: Tensor = tf.scalar(0);
      this.#spec.losses.forEach((term, index) => {
        const target = targets[index];
        if (!target) {
          terms.push(tf.keep(tf.scalar(0)));
          return;
        }
        const place = heads.findIndex(({ name }) => name === term.head);
        const judge = heads.find(({ name }) => name === term.of);
        const judged = judge && { head: judge, logits: logits.get(judge.name)! };
        const { loss, gradient } = lossTerm(engine, term, target, answers[place], judged);
        const { weight = 1 } = term;
        terms.push(tf.keep(loss));
        value = tf.add(value, tf.mul(loss, weight));
        gradients[place] = tf.add(gradients[place], tf.mul(gradient, weight));
      });
      return { value, gradients };
    });
    return { total, terms };
  }

  #differentiate(
    given: Batch,
    weights: readonly string[],
    dropout: (x: Tensor, site: DropoutSite) => Tensor,
  ): { terms: Tensor[]; sum: Tensor | undefined; gradients: Map<string, Tensor> } {
    const engine = this.#engine;
    const trainsTables = TABLES.some((name) => this.#store.trains(name));
    const sum = engine.run(() => this.#sum(given.plan));
    let terms: Tensor[] = [];
    try {
      const leaves = [
        ...engine.run(() => weights.map((name) => this.#parameters.tensor(name))),
        ...(trainsTables ? [sum] : []),
      ];
      const result = engine.gradients(() => {
        const loss = this.#loss({ ...this.#context(), dropout }, given, sum);
        terms = loss.terms;
        return loss.total;
      }, leaves);
      result.value.dispose();
      const gradients = new Map<string, Tensor>();
      weights.forEach((name, index) => {
        const gradient = result.gradients[index];
        if (gradient) gradients.set(name, gradient);
      });
      return { terms, sum: trainsTables ? result.gradients[weights.length] : undefined, gradients };
    } catch (error) {
      for (const term of terms) term.dispose();
      throw error;
    } finally {
      sum.dispose();
    }
  }

  async #take(scalars: readonly Tensor[]): Promise<number[]> {
    const values: number[] = [];
    for (const scalar of scalars) values.push((await scalar.data())[0]);
    return values;
  }

  /** Adds the gradient of each token's row, in computing order, to the embedding tables. */
  #addTables(plan: BatchPlan, rows: Float32Array, scale: number): void {
    const { batch, place } = plan;
    const ids = {
      'embeddings.word': batch.inputIds,
      'embeddings.position': positionsOf(batch.offsets, this.#config.positionOffset),
      'embeddings.type': batch.tokenTypeIds,
    };
    const E = this.#config.embeddingSize;
    for (const name of TABLES) {
      if (!this.#store.trains(name)) continue;
      const gradient = this.#store.gradientOf(name)!;
      const factor = name === 'embeddings.word' ? scale * (this.#config.embeddingScale ?? 1) : scale;
      for (let t = 0; t < plan.tokens; t++) {
        const to = ids[name][t] * E;
        const from = place[t] * E;
        for (let i = 0; i < E; i++) gradient[to + i] += factor * rows[from + i];
      }
    }
  }
}

function addScaled(sum: Float32Array, part: Float32Array, scale: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] += scale * part[i];
}

/** Adds Σ_t |⟨context, gradient⟩| of each head; both `[m, A·D]`. */
function addImportance(importance: Float32Array, context: Float32Array, gradient: Float32Array, D: number): void {
  const A = importance.length;
  for (let from = 0; from < context.length; from += D) {
    let product = 0;
    for (let d = 0; d < D; d++) product += context[from + d] * gradient[from + d];
    importance[(from / D) % A] += Math.abs(product);
  }
}
