import {
  assertTableFits,
  countTargets,
  decoderInputs,
  type ExitTable,
  exitLayersOf,
  HasheeError,
  type SequenceToSequenceCheckpoint,
  type SequenceToSequenceConfig,
  type SequenceToSequenceModel,
  type SequenceToSequenceTrainer,
  type SequenceToSequenceTrainingSpec,
  type TargetBatch,
  type TokenBatch,
  type TrainerState,
  VOCABULARY_BIAS,
  validateBatch,
  validateSequenceToSequenceConfig,
  validateTargets,
  type WeightSource,
} from '@hashee/core';
import { optimizerSettings } from '@hashee/core/backend';
import type { Tensor } from 'onnxruntime-common';
import { chooseShape, fullLayersOf } from '../../encoder/choose-shape.js';
import { type Feed, planBatch } from '../../encoder/plan.js';
import { type EncoderShape, shapeKey } from '../../encoder/shape.js';
import { OnnxEncoder } from '../../inference/onnx-encoder.js';
import { SessionPool } from '../../inference/session-pool.js';
import type { SessionSettings, SessionWeights } from '../../session/session.js';
import { addRows } from '../../training/add-rows.js';
import { GradientAccumulator } from '../../training/gradient-accumulator.js';
import type { TrainerChoices } from '../../training/onnx-trainer.js';
import { dropoutInput, EMBEDDING_GRADIENT, gradientOutput } from '../../training/training-graph.js';
import { OnnxSequenceToSequence } from '../onnx-sequence-to-sequence.js';
import { type DecoderShape, decoderShape, decoderShapeKey } from './decoder-shape.js';
import { planTargets } from './plan-targets.js';
import { SequenceToSequenceDropout } from './sequence-to-sequence-dropout.js';
import {
  DECODER_EMBEDDING_GRADIENT,
  LOSS,
  type SequenceToSequenceTrainingGraph,
  sequenceToSequenceTrainingGraph,
} from './sequence-to-sequence-training-graph.js';
import { allWeights, type TrainedTensors, trainedTensors, VOCABULARY } from './trained-tensors.js';

const INPUTS: Pick<SessionWeights, 'bind'> = { bind: () => ({ kind: 'input' }) };

/** Core's trainer of encoder-decoders on ONNX Runtime: encoder, decoder, loss and backward are one graph. */
export class OnnxSequenceToSequenceTrainer implements SequenceToSequenceTrainer {
  readonly #config: SequenceToSequenceConfig;
  readonly #tensors: TrainedTensors;
  readonly #exitTable: ExitTable | undefined;
  readonly #decoderExitTable: ExitTable | undefined;
  readonly #smoothing: number;
  readonly #settings: SessionSettings;
  readonly #choices: TrainerChoices;
  readonly #pool: SessionPool;
  readonly #graphs = new Map<string, SequenceToSequenceTrainingGraph>();
  readonly #dropout: SequenceToSequenceDropout;
  readonly #accumulator: GradientAccumulator;
  readonly #models = new Set<OnnxSequenceToSequence>();

  private constructor(
    config: SequenceToSequenceConfig,
    tensors: TrainedTensors,
    tables: { readonly encoder: ExitTable | undefined; readonly decoder: ExitTable | undefined },
    spec: SequenceToSequenceTrainingSpec,
    settings: SessionSettings,
    choices: TrainerChoices,
  ) {
    this.#config = config;
    this.#tensors = tensors;
    this.#exitTable = tables.encoder;
    this.#decoderExitTable = tables.decoder;
    this.#smoothing = spec.labelSmoothing ?? 0;
    this.#settings = settings;
    this.#choices = choices;
    this.#dropout = new SequenceToSequenceDropout(config, spec);
    this.#accumulator = new GradientAccumulator(tensors.store, optimizerSettings(spec.optimizer).maxGradientNorm);
    const values = (name: string): Float32Array => tensors.store.values(name);
    this.#pool = new SessionPool(settings, { ...INPUTS, values }, 'trainer', async () => {});
  }

  /** @throws HasheeError `INVALID_CONFIG`, `INVALID_CHECKPOINT`, `INVALID_ARGUMENT`, `TABLE_MISMATCH` */
  static async create(
    checkpoint: SequenceToSequenceCheckpoint,
    spec: SequenceToSequenceTrainingSpec,
    settings: SessionSettings,
    choices: TrainerChoices,
  ): Promise<OnnxSequenceToSequenceTrainer> {
    const { config } = checkpoint;
    validateSequenceToSequenceConfig(config);
    validateSpec(spec);
    const tables = {
      encoder: spec.exitTable === null ? undefined : (spec.exitTable ?? checkpoint.exitTable),
      decoder: spec.decoderExitTable === null ? undefined : (spec.decoderExitTable ?? checkpoint.decoderExitTable),
    };
    const { vocabSize } = config.encoder;
    if (tables.encoder) assertTableFits(tables.encoder, config.encoder);
    if (tables.decoder) assertTableFits(tables.decoder, { layers: config.decoder.layers, vocabSize });
    const tensors = await trainedTensors(checkpoint, spec);
    return new OnnxSequenceToSequenceTrainer(config, tensors, tables, spec, settings, choices);
  }

  get step(): number {
    return this.#accumulator.step;
  }

  async accumulate(
    sources: TokenBatch,
    targets: TargetBatch,
    options: { readonly scale?: number | undefined } = {},
  ): Promise<{ readonly loss: number }> {
    this.#pool.assertAlive();
    const config = this.#config;
    validateBatch(sources, config.encoder);
    validateTargets(targets, sources.offsets.length - 1, config);
    const scale = options.scale ?? 1;
    if (!Number.isFinite(scale)) throw invalid(`accumulate(): scale must be finite, got ${scale}.`, { scale });
    const exitLayers = exitLayersOf(sources, config.encoder.layers, this.#exitTable);
    const encoder = this.#encoderShape(sources, exitLayers);
    const plan = planBatch(sources, exitLayers, encoder, config.encoder);
    const inputs = decoderInputs(targets, config);
    const targetExits = this.#targetExits(inputs);
    const labels = countTargets(targets.labels);
    const decoder = decoderShape(config.decoder.layers, targetExits, labels, config.encoder.vocabSize);
    const targetPlan = planTargets(config, sources.offsets, targets, targetExits, decoder, scale);
    const key = `${shapeKey(encoder)}:${decoderShapeKey(decoder)}`;
    const training = this.#graphFor(key, encoder, decoder);
    const { store } = this.#tensors;
    store.words?.refresh(sources.inputIds);
    store.words?.refresh(inputs);
    return this.#pool.use(async () => {
      const session = await this.#pool.get(key, () => training.graph);
      const feeds = new Map<string, Feed>([...plan.feeds, ...targetPlan.feeds]);
      const { parts } = this.#accumulator;
      training.dropoutSites.forEach((site, index) => {
        feeds.set(dropoutInput(index), this.#dropout.feed(site, plan, targetPlan, { step: this.step, parts, index }));
      });
      const target = this.#accumulator.target();
      const results = await session.run(feeds, this.#fetches(training, target)).catch((error: unknown) => {
        this.#accumulator.failed();
        throw error;
      });
      const loss = (results[LOSS].data as Float32Array)[0];
      if (!Number.isFinite(loss)) {
        this.#accumulator.failed();
        throw new HasheeError(
          'RUNTIME',
          `The loss is ${loss} at update ${this.step + 1}. Lower the learning rate, or look for extreme values in the weights.`,
          { fields: { loss, step: this.step } },
        );
      }
      this.#accumulator.add(target, training.gradients);
      if (training.embeddings.encoder) this.#addEncoderRows(sources, results[EMBEDDING_GRADIENT].data as Float32Array);
      if (training.embeddings.decoder)
        this.#addDecoderRows(inputs, targets, results[DECODER_EMBEDDING_GRADIENT].data as Float32Array);
      return { loss };
    });
  }

  async update({ learningRate }: { readonly learningRate: number }): Promise<{ readonly gradientNorm: number }> {
    this.#pool.assertAlive();
    return this.#accumulator.update(learningRate);
  }

  gradient(name: string): Float32Array {
    return this.#tensors.store.gradient(name);
  }

  async model(): Promise<SequenceToSequenceModel> {
    this.#pool.assertAlive();
    const { store, vocabulary, hasBias } = this.#tensors;
    const zeros = new Float32Array(hasBias ? 0 : this.#config.encoder.vocabSize);
    const values = (name: string): Float32Array => {
      if (name === VOCABULARY_BIAS && !hasBias) return zeros;
      if (name === 'embeddings.word') store.words?.refreshAll();
      return store.values(name === VOCABULARY ? vocabulary : name);
    };
    const resolved = { config: this.#config.encoder, heads: [], head: undefined, exitTable: this.#exitTable };
    const weights = { ...INPUTS, values };
    const encoder = new OnnxEncoder(resolved, new SessionPool(this.#settings, weights, 'encoder', async () => {}), {
      ...this.#choices,
      dtype: 'fp32',
      cacheProjections: false,
    });
    const pool = new SessionPool(this.#settings, weights, 'model', async () => {
      this.#models.delete(model);
    });
    const model = new OnnxSequenceToSequence(this.#config, encoder, pool, this.#decoderExitTable);
    this.#models.add(model);
    return model;
  }

  weights(): WeightSource {
    return allWeights(this.#tensors);
  }

  state(): TrainerState {
    return this.#tensors.store.state(this.step);
  }

  async restore(state: TrainerState): Promise<void> {
    this.#pool.assertAlive();
    this.#accumulator.restore(state);
  }

  async dispose(): Promise<void> {
    for (const model of [...this.#models]) await model.dispose();
    await this.#pool.dispose();
  }

  #targetExits(inputs: Int32Array): Uint8Array {
    const { layers } = this.#config.decoder;
    const table = this.#decoderExitTable;
    return table ? Uint8Array.from(inputs, (id) => table.exitLayer[id]) : new Uint8Array(inputs.length).fill(layers);
  }

  /** By the batch alone, not by what came before: a run that goes on computes what it would have. */
  #encoderShape(sources: TokenBatch, exitLayers: Uint8Array): EncoderShape {
    const { layers } = this.#config.encoder;
    return chooseShape({
      config: this.#config.encoder,
      exitLayers,
      offsets: sources.offsets,
      fullLayers: sources.exitLayers ? 1 : fullLayersOf(this.#exitTable, layers),
      lastLayer: layers,
      read: 'all',
      attention: this.#choices.attention,
      absorption: 'gathered',
    });
  }

  #graphFor(key: string, encoder: EncoderShape, decoder: DecoderShape): SequenceToSequenceTrainingGraph {
    let training = this.#graphs.get(key);
    if (!training) {
      const { store, vocabulary, hasBias } = this.#tensors;
      training = sequenceToSequenceTrainingGraph({
        config: this.#config,
        encoder,
        decoder,
        smoothing: this.#smoothing,
        vocabulary,
        hasBias,
        trained: store.trained(),
        drops: (site) => this.#dropout.active(site),
      });
      this.#graphs.set(key, training);
    }
    return training;
  }

  /** Gradients are written where they belong; the loss and embedding rows are allocated by ONNX Runtime. */
  #fetches(training: SequenceToSequenceTrainingGraph, target: Float32Array): Record<string, Tensor | null> {
    const { flat } = this.#tensors.store;
    const { Tensor } = this.#settings.ort;
    const fetches: Record<string, Tensor | null> = { [LOSS]: null };
    for (const name of training.gradients)
      fetches[gradientOutput(name)] = new Tensor('float32', flat.view(target, name), flat.shape(name));
    if (training.embeddings.encoder) fetches[EMBEDDING_GRADIENT] = null;
    if (training.embeddings.decoder) fetches[DECODER_EMBEDDING_GRADIENT] = null;
    return fetches;
  }

  #addEncoderRows({ inputIds, tokenTypeIds, offsets }: TokenBatch, rows: Float32Array): void {
    const { positionOffset, embeddingScale = 1 } = this.#config.encoder;
    this.#addTableRows('embeddings.type', tokenTypeIds, rows);
    this.#addTableRows('embeddings.position', positionsOf(offsets, positionOffset), rows);
    this.#addWordRows(inputIds, rows, embeddingScale);
  }

  #addDecoderRows(inputs: Int32Array, { offsets }: TargetBatch, rows: Float32Array): void {
    const { positionOffset, embeddingScale = 1 } = this.#config.decoder;
    this.#addTableRows('decoder.embeddings.position', positionsOf(offsets, positionOffset), rows);
    // Padding stands where a label doesn't count; its word teaches nothing, as with torch's padding_idx.
    const { hiddenSize: H } = this.#config.encoder;
    inputs.forEach((id, n) => {
      if (id === this.#config.padTokenId) rows.fill(0, n * H, (n + 1) * H);
    });
    this.#addWordRows(inputs, rows, embeddingScale);
  }

  #addWordRows(ids: Int32Array, rows: Float32Array, scale: number): void {
    const scaled = scale === 1 ? rows : rows.map((value) => value * scale);
    this.#addTableRows('embeddings.word', ids, scaled);
    this.#tensors.store.words?.accumulate(ids, scaled);
  }

  #addTableRows(table: string, ids: ArrayLike<number>, rows: Float32Array): void {
    const { flat } = this.#tensors.store;
    if (flat.has(table)) addRows(flat.view(flat.gradients, table), ids, rows, this.#config.encoder.hiddenSize);
  }
}

function positionsOf(offsets: Int32Array, positionOffset: number): Int32Array {
  const positions = new Int32Array(offsets[offsets.length - 1]);
  for (let b = 0; b + 1 < offsets.length; b++)
    for (let t = offsets[b]; t < offsets[b + 1]; t++) positions[t] = positionOffset + t - offsets[b];
  return positions;
}

function validateSpec({ seed, labelSmoothing = 0, dropout = 0 }: SequenceToSequenceTrainingSpec): void {
  if (!Number.isInteger(seed)) throw invalid(`seed must be an integer, got ${seed}.`, { seed });
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw invalid(`labelSmoothing must be from 0 to 1, got ${labelSmoothing}.`, { labelSmoothing });
  if (!(dropout >= 0 && dropout < 1)) throw invalid(`dropout must be from 0 to below 1, got ${dropout}.`, { dropout });
}

function invalid(message: string, fields: Record<string, unknown>): HasheeError {
  return new HasheeError('INVALID_ARGUMENT', message, { fields });
}
