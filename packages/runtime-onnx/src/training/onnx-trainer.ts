import {
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
import type { Tensor } from 'onnxruntime-common';
import { type AttentionPreference, fullLayersOf } from '../encoder/choose-shape.js';
import { readsFirstOnly } from '../encoder/head.js';
import { type Feed, planBatch } from '../encoder/plan.js';
import { type EncoderShape, shapeKey } from '../encoder/shape.js';
import { ShapeCache } from '../encoder/shape-cache.js';
import { resolveModel } from '../inference/model.js';
import { OnnxEncoder } from '../inference/onnx-encoder.js';
import { SessionPool } from '../inference/session-pool.js';
import type { OrtModule } from '../session/ort.js';
import type { SessionSettings, SessionWeights } from '../session/session.js';
import { adamWSettings } from './adamw.js';
import { DropoutFeeds } from './dropout-feeds.js';
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
import { validateTrainingSpec } from './training-spec.js';

const INPUTS: Pick<SessionWeights, 'bind'> = { bind: () => ({ kind: 'input' }) };

/** Core's Trainer on ONNX Runtime: forward, loss and backward are one graph, the optimizer is a loop over flat arrays. */
export class OnnxTrainer implements Trainer {
  readonly heads: readonly HeadConfig[];
  readonly #config: EncoderConfig;
  readonly #spec: TrainingSpec;
  readonly #exitTable: ExitTable | undefined;
  readonly #store: ParameterStore;
  readonly #settings: SessionSettings;
  readonly #attention: AttentionPreference;
  readonly #pool: SessionPool;
  readonly #shapes = new ShapeCache();
  readonly #graphs = new Map<string, TrainingGraph>();
  readonly #dropout: DropoutFeeds;
  readonly #encoders = new Set<OnnxEncoder>();
  readonly #ort: OrtModule;
  #step = 0;
  /** Batches accumulated since the last update. */
  #parts = 0;
  #scratch: Float32Array | undefined;

  private constructor(
    config: EncoderConfig,
    heads: readonly HeadConfig[],
    spec: TrainingSpec,
    exitTable: ExitTable | undefined,
    store: ParameterStore,
    settings: SessionSettings,
    attention: AttentionPreference,
  ) {
    this.#config = config;
    this.heads = heads;
    this.#spec = spec;
    this.#exitTable = exitTable;
    this.#store = store;
    this.#settings = settings;
    this.#ort = settings.ort;
    this.#attention = attention;
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
    attention: AttentionPreference,
  ): Promise<OnnxTrainer> {
    const { config } = checkpoint;
    const heads = spec.heads ?? checkpoint.heads;
    resolveModel({ ...checkpoint, heads, exitTable: undefined }, {});
    validateTrainingSpec(spec, heads, config);
    const exitTable = spec.exitTable === null ? undefined : (spec.exitTable ?? checkpoint.exitTable);
    if (exitTable) assertTableFits(exitTable, config);
    const store = await ParameterStore.create(config, heads, checkpoint.weights, {
      trainable: spec.trainable,
      seed: spec.seed,
      settings: adamWSettings(spec.optimizer),
    });
    return new OnnxTrainer(config, heads, spec, exitTable, store, settings, attention);
  }

  get step(): number {
    return this.#step;
  }

  async accumulate(
    batch: TokenBatch,
    targets: Targets,
    options: { readonly scale?: number } = {},
  ): Promise<StepResult> {
    this.#pool.assertAlive();
    validateBatch(batch, this.#config);
    const sequences = batch.offsets.length - 1;
    if (sequences === 0)
      throw new HasheeError('INVALID_BATCH', 'A training batch has at least one sequence, got none.');
    const scale = options.scale ?? 1;
    if (!Number.isFinite(scale))
      throw new HasheeError('INVALID_ARGUMENT', `accumulate(): scale must be finite, got ${scale}.`, {
        fields: { scale },
      });
    const { losses } = this.#spec;
    const heads = this.#trainedHeads();
    const rowsOf = (head: HeadConfig): number => (readsFirstOnly(head) ? sequences : batch.inputIds.length);
    const lossInputs = lossFeeds(losses, new Map(heads.map((head) => [head.name, head])), targets, scale, rowsOf);

    const exitLayers = exitLayersOf(batch, this.#config.layers, this.#exitTable);
    const shape = this.#shapeFor(batch, exitLayers, heads);
    const plan = planBatch(batch, exitLayers, shape, this.#config);
    const training = this.#graphFor(shape, heads);
    this.#store.words?.refresh(batch.inputIds);
    return this.#pool.use(async () => {
      const session = await this.#pool.get(shapeKey(shape), () => training.graph);
      const feeds = new Map<string, Feed>([...plan.feeds, ...lossInputs]);
      training.dropoutSites.forEach((site, index) => {
        feeds.set(dropoutInput(index), this.#dropout.feed(site, plan, rowsOf, this.#step, this.#parts, index));
      });
      const target = this.#parts === 0 ? this.#store.flat.gradients : this.#scratchArray();
      const results = await session.run(feeds, this.#fetches(training, target));
      const terms = losses.map((_, index) => (results[lossOutput(index)].data as Float32Array)[0]);
      const loss = terms.reduce((sum, value, index) => sum + value * (losses[index].weight ?? 1), 0);
      if (!Number.isFinite(loss)) {
        if (this.#parts === 0) this.#store.flat.gradients.fill(0);
        throw new HasheeError(
          'RUNTIME',
          `The loss is ${loss} at update ${this.#step + 1}. Lower the learning rate, or look for extreme targets in this batch.`,
          { fields: { loss, terms, step: this.#step } },
        );
      }
      this.#collect(training, target, batch, results);
      this.#parts++;
      return { loss, terms };
    });
  }

  async update({ learningRate }: { readonly learningRate: number }): Promise<{ readonly gradientNorm: number }> {
    this.#pool.assertAlive();
    if (!(learningRate >= 0 && Number.isFinite(learningRate)))
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `update(): learningRate must be a number from 0, got ${learningRate}.`,
        {
          fields: { learningRate },
        },
      );
    const gradientNorm = this.#store.gradientNorm();
    if (!Number.isFinite(gradientNorm)) {
      this.#store.clearGradient();
      this.#parts = 0;
      throw new HasheeError('RUNTIME', `The gradient's norm is ${gradientNorm}: lower the learning rate.`, {
        fields: { gradientNorm },
      });
    }
    const limit = adamWSettings(this.#spec.optimizer).maxGradientNorm;
    const gradientScale = limit > 0 ? Math.min(1, limit / (gradientNorm + 1e-6)) : 1;
    this.#step++;
    this.#parts = 0;
    this.#store.update(this.#step, learningRate, gradientScale);
    return { gradientNorm };
  }

  gradient(name: string): Float32Array {
    return this.#store.gradient(name);
  }

  async encoder(name?: string): Promise<Encoder> {
    this.#pool.assertAlive();
    const model = resolveModel(
      { config: this.#config, heads: this.heads, weights: this.#store, exitTable: this.#exitTable },
      { head: name },
    );
    const store = this.#store;
    const values = (weight: string): Float32Array => {
      if (weight === 'embeddings.word') store.words?.refreshAll();
      return store.values(weight);
    };
    const pool = new SessionPool(this.#settings, { ...INPUTS, values }, 'encoder', async () => {
      this.#encoders.delete(encoder);
    });
    const encoder = new OnnxEncoder(model, pool, this.#attention);
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
    this.#pool.assertAlive();
    this.#store.restore(state);
    this.#step = state.step;
    this.#parts = 0;
  }

  async dispose(): Promise<void> {
    for (const encoder of [...this.#encoders]) await encoder.dispose();
    await this.#pool.dispose();
  }

  #trainedHeads(): HeadConfig[] {
    return this.heads.filter(({ name }) => this.#spec.losses.some(({ head }) => head === name));
  }

  #shapeFor(batch: TokenBatch, exitLayers: Uint8Array, heads: readonly HeadConfig[]): EncoderShape {
    const lastLayer = heads.reduce((last, { layer }) => Math.max(last, layer), 1);
    return this.#shapes.shapeFor({
      config: this.#config,
      exitLayers,
      offsets: batch.offsets,
      fullLayers: batch.exitLayers ? 1 : fullLayersOf(this.#exitTable, this.#config.layers),
      lastLayer,
      read: heads.every((head) => head.layer < lastLayer || readsFirstOnly(head)) ? 'first' : 'all',
      attention: this.#attention,
    });
  }

  #graphFor(shape: EncoderShape, heads: readonly HeadConfig[]): TrainingGraph {
    const key = shapeKey(shape);
    let training = this.#graphs.get(key);
    if (!training) {
      const tensors = this.#store.trained();
      const embeddings = [...tensors.keys()].some((name) => /^embeddings\.(word|position|type)$/.test(name));
      training = trainingGraph(this.#config, shape, heads, this.#spec.losses, { tensors, embeddings }, (site) =>
        this.#dropout.active(site),
      );
      this.#graphs.set(key, training);
    }
    return training;
  }

  #scratchArray(): Float32Array {
    this.#scratch ??= new Float32Array(this.#store.flat.gradients.length);
    return this.#scratch;
  }

  /** Gradients are written where they belong; losses and embedding rows are allocated by ONNX Runtime. */
  #fetches(training: TrainingGraph, target: Float32Array): Record<string, Tensor | null> {
    const { flat } = this.#store;
    const fetches: Record<string, Tensor | null> = {};
    this.#spec.losses.forEach((_, index) => {
      fetches[lossOutput(index)] = null;
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
    const { flat, words } = this.#store;
    if (target === flat.gradients) {
      for (const name of flat.names()) if (!training.gradients.has(name)) flat.view(target, name).fill(0);
    } else {
      for (const name of training.gradients) {
        const sum = flat.view(flat.gradients, name);
        const part = flat.view(target, name);
        for (let i = 0; i < sum.length; i++) sum[i] += part[i];
      }
    }
    if (!training.embeddings) return;
    const rows = results[EMBEDDING_GRADIENT].data as Float32Array;
    words?.accumulate(batch.inputIds, rows);
    this.#addTableRows('embeddings.type', batch.tokenTypeIds, rows);
    this.#addTableRows('embeddings.position', positionsOf(batch, this.#config.positionOffset), rows);
  }

  #addTableRows(table: string, ids: ArrayLike<number>, rows: Float32Array): void {
    const { flat } = this.#store;
    if (!flat.has(table)) return;
    const gradients = flat.view(flat.gradients, table);
    const E = this.#config.embeddingSize;
    for (let t = 0; t < ids.length; t++) for (let i = 0; i < E; i++) gradients[ids[t] * E + i] += rows[t * E + i];
  }
}

function positionsOf(batch: TokenBatch, positionOffset: number): Int32Array {
  const positions = new Int32Array(batch.inputIds.length);
  for (let b = 0; b + 1 < batch.offsets.length; b++)
    for (let t = batch.offsets[b]; t < batch.offsets[b + 1]; t++) positions[t] = positionOffset + t - batch.offsets[b];
  return positions;
}
