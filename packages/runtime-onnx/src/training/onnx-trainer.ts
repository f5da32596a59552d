import {
  type AccumulateOptions,
  assertTableFits,
  type Checkpoint,
  type Encoder,
  type EncoderConfig,
  type ExitTable,
  exitLayersOf,
  HasheeError,
  type HeadConfig,
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
  optimizerSettings,
  resolveModel,
  termsAt,
  validateTrainingSpec,
} from '@hashee/core/backend';
import type { Tensor } from 'onnxruntime-common';
import { type AttentionPreference, chooseShape, fullLayersOf } from '../encoder/choose-shape.js';
import { readsFirstOnly } from '../encoder/head.js';
import { type Feed, planBatch } from '../encoder/plan.js';
import { type EncoderShape, shapeKey } from '../encoder/shape.js';
import { OnnxEncoder } from '../inference/onnx-encoder.js';
import { SessionPool } from '../inference/session-pool.js';
import type { OrtModule } from '../session/ort.js';
import type { SessionSettings, SessionWeights } from '../session/session.js';
import { addRows } from './add-rows.js';
import { DropoutFeeds } from './dropout-feeds.js';
import { GradientAccumulator } from './gradient-accumulator.js';
import { headImportanceGraph, importanceOutput } from './head-importance-graph.js';
import { lossFeeds } from './loss.js';
import { ParameterStore } from './parameter-store.js';
import {
  dropoutInput,
  EMBEDDING_GRADIENT,
  gradientOutput,
  lossOutput,
  type TrainingGraph,
  trainingGraph,
} from './training-graph.js';

const INPUTS: Pick<SessionWeights, 'bind'> = { bind: () => ({ kind: 'input' }) };

/** What the backend was made with. */
export interface TrainerChoices {
  readonly attention: AttentionPreference;
  readonly lastLayer: 'read' | 'all';
}

/** Core's Trainer on ONNX Runtime: forward, loss and backward are one graph, the optimizer is a loop over flat arrays. */
export class OnnxTrainer implements Trainer {
  readonly heads: readonly HeadConfig[];
  readonly #config: EncoderConfig;
  readonly #spec: TrainingSpec;
  readonly #exitTable: ExitTable | undefined;
  readonly #store: ParameterStore;
  readonly #settings: SessionSettings;
  readonly #choices: TrainerChoices;
  readonly #pool: SessionPool;
  readonly #graphs = new Map<string, TrainingGraph>();
  readonly #importance = new Map<string, ReturnType<typeof headImportanceGraph>>();
  readonly #dropout: DropoutFeeds;
  readonly #encoders = new Set<OnnxEncoder>();
  readonly #ort: OrtModule;
  readonly #accumulator: GradientAccumulator;

  private constructor(
    config: EncoderConfig,
    heads: readonly HeadConfig[],
    spec: TrainingSpec,
    exitTable: ExitTable | undefined,
    store: ParameterStore,
    settings: SessionSettings,
    choices: TrainerChoices,
  ) {
    this.#config = config;
    this.heads = heads;
    this.#spec = spec;
    this.#exitTable = exitTable;
    this.#store = store;
    this.#accumulator = new GradientAccumulator(store, optimizerSettings(spec.optimizer).maxGradientNorm);
    this.#settings = settings;
    this.#ort = settings.ort;
    this.#choices = choices;
    this.#dropout = new DropoutFeeds(config, spec);
    this.#pool = new SessionPool(
      settings,
      { ...INPUTS, values: (name) => store.values(name) },
      'trainer',
      async () => {},
    );
  }

  static async create(
    checkpoint: Checkpoint,
    spec: TrainingSpec,
    settings: SessionSettings,
    choices: TrainerChoices,
  ): Promise<OnnxTrainer> {
    const { config } = checkpoint;
    const heads = spec.heads ?? checkpoint.heads;
    resolveModel({ ...checkpoint, heads, exitTable: undefined }, {});
    validateTrainingSpec(spec, heads);
    const exitTable = spec.exitTable === null ? undefined : (spec.exitTable ?? checkpoint.exitTable);
    if (exitTable) assertTableFits(exitTable, config);
    const store = await ParameterStore.create(config, heads, checkpoint.weights, {
      trainable: spec.trainable,
      seed: spec.seed,
      settings: optimizerSettings(spec.optimizer),
    });
    return new OnnxTrainer(config, heads, spec, exitTable, store, settings, choices);
  }

  get step(): number {
    return this.#accumulator.step;
  }

  async accumulate(batch: TokenBatch, targets: Targets, options: AccumulateOptions = {}): Promise<StepResult> {
    this.#pool.assertAlive();
    this.#validateBatch(batch);
    const scale = options.scale ?? 1;
    if (!Number.isFinite(scale))
      throw new HasheeError('INVALID_ARGUMENT', `accumulate(): scale must be finite, got ${scale}.`, {
        fields: { scale },
      });
    const { losses } = this.#spec;
    const counts = termsAt(losses, this.step);
    const heads = this.#trainedHeads(counts);
    assertTrainedLayers(options.layers, heads, this.#config.layers);
    const rowsOf = rowsOfBatch(batch);
    const lossInputs = lossFeeds(losses, this.#byName(heads), targets, scale, rowsOf, counts);

    const exitLayers = exitLayersOf(batch, this.#config.layers, this.#exitTable);
    const shape = this.#shapeFor(batch, exitLayers, heads, options.layers);
    const plan = planBatch(batch, exitLayers, shape, this.#config);
    const key = `${shapeKey(shape)}:${counts.map(Number).join('')}`;
    const training = this.#graphFor(key, shape, heads, counts);
    this.#store.words?.refresh(batch.inputIds);
    return this.#pool.use(async () => {
      const session = await this.#pool.get(key, () => training.graph);
      const feeds = new Map<string, Feed>([...plan.feeds, ...lossInputs]);
      training.dropoutSites.forEach((site, index) => {
        feeds.set(
          dropoutInput(index),
          this.#dropout.feed(site, plan, rowsOf, this.step, this.#accumulator.parts, index),
        );
      });
      const target = this.#accumulator.target();
      const results = await session.run(feeds, this.#fetches(training, target, counts)).catch((error: unknown) => {
        this.#accumulator.failed();
        throw error;
      });
      const terms = losses.map((_, index) =>
        counts[index] ? (results[lossOutput(index)].data as Float32Array)[0] : 0,
      );
      const loss = terms.reduce((sum, value, index) => sum + value * (losses[index].weight ?? 1), 0);
      if (!Number.isFinite(loss)) {
        this.#accumulator.failed();
        throw new HasheeError(
          'RUNTIME',
          `The loss is ${loss} at update ${this.step + 1}. Lower the learning rate, or look for extreme targets in this batch.`,
          { fields: { loss, terms, step: this.step } },
        );
      }
      this.#collect(training, target, batch, results);
      return { loss, terms };
    });
  }

  async update({ learningRate }: { readonly learningRate: number }): Promise<{ readonly gradientNorm: number }> {
    this.#pool.assertAlive();
    return this.#accumulator.update(learningRate);
  }

  async headImportance(batch: TokenBatch, targets: Targets): Promise<Float32Array[]> {
    this.#pool.assertAlive();
    this.#validateBatch(batch);
    const { losses } = this.#spec;
    const counts = losses.map(() => true);
    const heads = this.#trainedHeads(counts);
    const feeds = lossFeeds(losses, this.#byName(heads), targets, 1, rowsOfBatch(batch), counts);
    const exitLayers = exitLayersOf(batch, this.#config.layers, this.#exitTable);
    const shape = this.#shapeFor(batch, exitLayers, heads);
    const plan = planBatch(batch, exitLayers, shape, this.#config);
    const key = `importance:${shapeKey(shape)}`;
    let importance = this.#importance.get(key);
    if (!importance) {
      importance = headImportanceGraph(this.#config, shape, heads, losses);
      this.#importance.set(key, importance);
    }
    const { graph, layers } = importance;
    this.#store.words?.refresh(batch.inputIds);
    return this.#pool.use(async () => {
      const session = await this.#pool.get(key, () => graph);
      const results = await session.run(new Map<string, Feed>([...plan.feeds, ...feeds]));
      return this.#config.heads.map((A, index) =>
        layers.includes(index + 1)
          ? Float32Array.from(results[importanceOutput(index + 1)].data as Float32Array)
          : new Float32Array(A),
      );
    });
  }

  gradient(name: string): Float32Array {
    return this.#store.gradient(name);
  }

  async encoder(name?: string): Promise<Encoder> {
    this.#pool.assertAlive();
    const model = resolveModel({ config: this.#config, heads: this.heads, exitTable: this.#exitTable }, { head: name });
    const store = this.#store;
    const values = (weight: string): Float32Array => {
      if (weight === 'embeddings.word') store.words?.refreshAll();
      return store.values(weight);
    };
    const pool = new SessionPool(this.#settings, { ...INPUTS, values }, 'encoder', async () => {
      this.#encoders.delete(encoder);
    });
    const encoder = new OnnxEncoder(model, pool, { ...this.#choices, dtype: 'fp32', cacheProjections: false });
    this.#encoders.add(encoder);
    return encoder;
  }

  weights(): WeightSource {
    return this.#store;
  }

  state(): TrainerState {
    return this.#store.state(this.step);
  }

  async restore(state: TrainerState): Promise<void> {
    this.#pool.assertAlive();
    this.#accumulator.restore(state);
  }

  async dispose(): Promise<void> {
    for (const encoder of [...this.#encoders]) await encoder.dispose();
    await this.#pool.dispose();
  }

  /** Heads of the terms that count, and those that such terms are about. */
  #trainedHeads(counts: readonly boolean[]): HeadConfig[] {
    const terms = this.#spec.losses.filter((_, index) => counts[index]);
    return this.heads.filter(({ name }) => terms.some(({ head, of }) => head === name || of === name));
  }

  #byName(heads: readonly HeadConfig[]): Map<string, HeadConfig> {
    return new Map(heads.map((head) => [head.name, head]));
  }

  #validateBatch(batch: TokenBatch): void {
    validateBatch(batch, this.#config);
    if (batch.offsets.length === 1)
      throw new HasheeError('INVALID_BATCH', 'A training batch has at least one sequence, got none.');
  }

  #shapeFor(
    batch: TokenBatch,
    exitLayers: Uint8Array,
    heads: readonly HeadConfig[],
    only?: readonly number[],
  ): EncoderShape {
    const lastLayer = heads.reduce((last, { layer }) => Math.max(last, layer), 1);
    // By the batch alone, not by what came before: a run that goes on computes what it would have.
    return chooseShape({
      config: this.#config,
      exitLayers,
      offsets: batch.offsets,
      fullLayers: batch.exitLayers ? 1 : fullLayersOf(this.#exitTable, this.#config.layers),
      lastLayer,
      read:
        this.#choices.lastLayer === 'read' && heads.every((head) => head.layer < lastLayer || readsFirstOnly(head))
          ? 'first'
          : 'all',
      attention: this.#choices.attention,
      absorption: 'gathered',
      only,
    });
  }

  #graphFor(key: string, shape: EncoderShape, heads: readonly HeadConfig[], counts: readonly boolean[]): TrainingGraph {
    let training = this.#graphs.get(key);
    if (!training) {
      const tensors = this.#store.trained();
      const embeddings = [...tensors.keys()].some((name) => /^embeddings\.(word|position|type)$/.test(name));
      const losses = { terms: this.#spec.losses, counts, equilibrium: this.#spec.gradientEquilibrium === true };
      training = trainingGraph(this.#config, shape, heads, losses, { tensors, embeddings }, (site) =>
        this.#dropout.active(site),
      );
      this.#graphs.set(key, training);
    }
    return training;
  }

  /** Gradients are written where they belong; losses and embedding rows are allocated by ONNX Runtime. */
  #fetches(training: TrainingGraph, target: Float32Array, counts: readonly boolean[]): Record<string, Tensor | null> {
    const { flat } = this.#store;
    const fetches: Record<string, Tensor | null> = {};
    counts.forEach((counted, index) => {
      if (counted) fetches[lossOutput(index)] = null;
    });
    for (const name of training.gradients)
      fetches[gradientOutput(name)] = new this.#ort.Tensor('float32', flat.view(target, name), flat.shape(name));
    if (training.embeddings) fetches[EMBEDDING_GRADIENT] = null;
    return fetches;
  }

  /** Completes the accumulated gradient with what the graph didn't write itself. */
  #collect(
    training: TrainingGraph,
    target: Float32Array,
    batch: TokenBatch,
    results: Readonly<Record<string, { readonly data: unknown }>>,
  ): void {
    const { words } = this.#store;
    this.#accumulator.add(target, training.gradients);
    if (!training.embeddings) return;
    const rows = results[EMBEDDING_GRADIENT].data as Float32Array;
    this.#addTableRows('embeddings.type', batch.tokenTypeIds, rows);
    this.#addTableRows('embeddings.position', positionsOf(batch, this.#config.positionOffset), rows);
    const { embeddingScale: scale = 1 } = this.#config;
    words?.accumulate(batch.inputIds, scale === 1 ? rows : rows.map((value) => value * scale));
  }

  #addTableRows(table: string, ids: ArrayLike<number>, rows: Float32Array): void {
    const { flat } = this.#store;
    if (!flat.has(table)) return;
    addRows(flat.view(flat.gradients, table), ids, rows, this.#config.embeddingSize);
  }
}

/** Rows that a head answers for a batch. */
function rowsOfBatch(batch: TokenBatch): (head: HeadConfig) => number {
  return (head) => (readsFirstOnly(head) ? batch.offsets.length - 1 : batch.inputIds.length);
}

function positionsOf(batch: TokenBatch, positionOffset: number): Int32Array {
  const positions = new Int32Array(batch.inputIds.length);
  for (let b = 0; b + 1 < batch.offsets.length; b++)
    for (let t = batch.offsets[b]; t < batch.offsets[b + 1]; t++) positions[t] = positionOffset + t - batch.offsets[b];
  return positions;
}
