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
  optimizerSettings,
  resolveModel,
  termsAt,
  validateTrainingSpec,
} from '@hashee/core/backend';
import type { DropoutSite } from '../encoder/context.js';
import { type Feed, planBatch } from '../encoder/plan.js';
import { type EncoderShape, shapeKey } from '../encoder/shape.js';
import { OnnxEncoder } from '../inference/onnx-encoder.js';
import type { SessionSettings } from '../session/session.js';
import { DropoutFeeds } from './dropout-feeds.js';
import { EmbeddingGradients } from './embedding-gradients.js';
import { finiteScale } from './finite-scale.js';
import { headImportanceGraph, importanceOutput } from './head-importance-graph.js';
import { lossFeeds } from './loss.js';
import { ParameterStore } from './parameter-store.js';
import { TrainingEngine } from './training-engine.js';
import { EMBEDDING_GRADIENT, lossOutput, type TrainingGraph, trainingGraph } from './training-graph.js';
import { type TrainerChoices, trainingShape } from './training-shape.js';

/** Core's Trainer on ONNX Runtime: forward, loss and backward are one graph, the optimizer is a loop over flat arrays. */
export class OnnxTrainer implements Trainer {
  readonly heads: readonly HeadConfig[];
  readonly #config: EncoderConfig;
  readonly #spec: TrainingSpec;
  readonly #exitTable: ExitTable | undefined;
  readonly #choices: TrainerChoices;
  readonly #engine: TrainingEngine<DropoutSite, TrainingGraph>;
  readonly #embeddings: EmbeddingGradients;
  readonly #dropout: DropoutFeeds;
  readonly #importance = new Map<string, ReturnType<typeof headImportanceGraph>>();

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
    this.#choices = choices;
    this.#engine = new TrainingEngine(store, spec.optimizer, settings);
    this.#embeddings = new EmbeddingGradients(store, config.embeddingSize);
    this.#dropout = new DropoutFeeds(config, spec);
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
    return this.#engine.step;
  }

  async accumulate(batch: TokenBatch, targets: Targets, options: AccumulateOptions = {}): Promise<StepResult> {
    this.#engine.assertAlive();
    this.#validateBatch(batch);
    const scale = finiteScale(options);
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
    this.#engine.store.words?.refresh(batch.inputIds);
    return this.#engine.accumulate({
      key,
      training,
      feeds: [...plan.feeds, ...lossInputs],
      outputs: [
        ...losses.flatMap((_, index) => (counts[index] ? [lossOutput(index)] : [])),
        ...(training.embeddings ? [EMBEDDING_GRADIENT] : []),
      ],
      mask: (site, { step, parts, index }) => this.#dropout.feed(site, plan, rowsOf, step, parts, index),
      read: (results) => {
        const terms = losses.map((_, index) =>
          counts[index] ? (results[lossOutput(index)].data as Float32Array)[0] : 0,
        );
        const loss = terms.reduce((sum, value, index) => sum + value * (losses[index].weight ?? 1), 0);
        return { loss, terms };
      },
      collect: (results) => {
        if (training.embeddings)
          this.#embeddings.addEncoder(batch, results[EMBEDDING_GRADIENT].data as Float32Array, this.#config);
      },
      suspects: 'targets in this batch',
    });
  }

  async update({ learningRate }: { readonly learningRate: number }): Promise<{ readonly gradientNorm: number }> {
    return this.#engine.update(learningRate);
  }

  async headImportance(batch: TokenBatch, targets: Targets): Promise<Float32Array[]> {
    this.#engine.assertAlive();
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
    this.#engine.store.words?.refresh(batch.inputIds);
    const results = await this.#engine.compute(key, graph, new Map<string, Feed>([...plan.feeds, ...feeds]));
    return this.#config.heads.map((A, index) =>
      layers.includes(index + 1)
        ? Float32Array.from(results[importanceOutput(index + 1)].data as Float32Array)
        : new Float32Array(A),
    );
  }

  gradient(name: string): Float32Array {
    return this.#engine.store.gradient(name);
  }

  async encoder(name?: string): Promise<Encoder> {
    this.#engine.assertAlive();
    const model = resolveModel({ config: this.#config, heads: this.heads, exitTable: this.#exitTable }, { head: name });
    const settings = { ...this.#choices, dtype: 'fp32', cacheProjections: false };
    return this.#engine.view(
      (weight) => this.#engine.present(weight),
      (sessions) => new OnnxEncoder(model, sessions('encoder'), settings),
    );
  }

  weights(): WeightSource {
    return this.#engine.store;
  }

  state(): TrainerState {
    return this.#engine.state();
  }

  restore(state: TrainerState): Promise<void> {
    return this.#engine.restore(state);
  }

  dispose(): Promise<void> {
    return this.#engine.dispose();
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
    return trainingShape({ config: this.#config, exitTable: this.#exitTable }, batch, exitLayers, {
      lastLayer,
      read:
        this.#choices.lastLayer === 'read' && heads.every((head) => head.layer < lastLayer || readsFirstOnly(head))
          ? 'first'
          : 'all',
      attention: this.#choices.attention,
      only,
    });
  }

  #graphFor(key: string, shape: EncoderShape, heads: readonly HeadConfig[], counts: readonly boolean[]): TrainingGraph {
    return this.#engine.graphFor(key, () => {
      const tensors = this.#engine.store.trained();
      const embeddings = [...tensors.keys()].some((name) => /^embeddings\.(word|position|type)$/.test(name));
      const losses = { terms: this.#spec.losses, counts, equilibrium: this.#spec.gradientEquilibrium === true };
      return trainingGraph(this.#config, shape, heads, losses, { tensors, embeddings }, (site) =>
        this.#dropout.active(site),
      );
    });
  }
}

/** Rows that a head answers for a batch. */
function rowsOfBatch(batch: TokenBatch): (head: HeadConfig) => number {
  return (head) => (answersTokens(head) ? batch.inputIds.length : batch.offsets.length - 1);
}
