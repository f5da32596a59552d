import {
  assertTableFits,
  countTargets,
  DECODER_POSITIONS,
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
  VOCABULARY_WEIGHT,
  validateBatch,
  validateSequenceToSequenceConfig,
  validateTargets,
  type WeightSource,
} from '@hashee/core';
import { planBatch } from '../../encoder/plan.js';
import { type EncoderShape, shapeKey } from '../../encoder/shape.js';
import { OnnxEncoder } from '../../inference/onnx-encoder.js';
import type { SessionSettings } from '../../session/session.js';
import { EmbeddingGradients, positionsOf } from '../../training/embedding-gradients.js';
import { finiteScale } from '../../training/finite-scale.js';
import { TrainingEngine } from '../../training/training-engine.js';
import { EMBEDDING_GRADIENT } from '../../training/training-graph.js';
import { type TrainerChoices, trainingShape } from '../../training/training-shape.js';
import { OnnxSequenceToSequence } from '../onnx-sequence-to-sequence.js';
import { type DecoderShape, decoderShape, decoderShapeKey } from './decoder-shape.js';
import { planTargets } from './plan-targets.js';
import { SequenceToSequenceDropout } from './sequence-to-sequence-dropout.js';
import {
  DECODER_EMBEDDING_GRADIENT,
  LOSS,
  type SequenceToSequenceTrainingGraph,
  sequenceToSequenceTrainingGraph,
  type TrainingDropoutSite,
} from './sequence-to-sequence-training-graph.js';
import { allWeights, type TrainedTensors, trainedTensors } from './trained-tensors.js';

/** Core's trainer of encoder-decoders on ONNX Runtime: encoder, decoder, loss and backward are one graph. */
export class OnnxSequenceToSequenceTrainer implements SequenceToSequenceTrainer {
  readonly #config: SequenceToSequenceConfig;
  readonly #tensors: TrainedTensors;
  readonly #exitTable: ExitTable | undefined;
  readonly #decoderExitTable: ExitTable | undefined;
  readonly #smoothing: number;
  readonly #choices: TrainerChoices;
  readonly #engine: TrainingEngine<TrainingDropoutSite, SequenceToSequenceTrainingGraph>;
  readonly #embeddings: EmbeddingGradients;
  readonly #dropout: SequenceToSequenceDropout;

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
    this.#choices = choices;
    this.#engine = new TrainingEngine(tensors.store, spec.optimizer, settings);
    this.#embeddings = new EmbeddingGradients(tensors.store, config.encoder.hiddenSize);
    this.#dropout = new SequenceToSequenceDropout(config, spec);
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
    return this.#engine.step;
  }

  async accumulate(
    sources: TokenBatch,
    targets: TargetBatch,
    options: { readonly scale?: number | undefined } = {},
  ): Promise<{ readonly loss: number }> {
    this.#engine.assertAlive();
    const config = this.#config;
    validateBatch(sources, config.encoder);
    validateTargets(targets, sources.offsets.length - 1, config);
    const scale = finiteScale(options);
    const exitLayers = exitLayersOf(sources, config.encoder.layers, this.#exitTable);
    const { layers } = config.encoder;
    const { attention } = this.#choices;
    const encoder = trainingShape({ config: config.encoder, exitTable: this.#exitTable }, sources, exitLayers, {
      ...{ lastLayer: layers, read: 'all', attention },
    });
    const plan = planBatch(sources, exitLayers, encoder, config.encoder);
    const inputs = decoderInputs(targets, config);
    const targetExits = this.#targetExits(inputs);
    const labels = countTargets(targets.labels);
    const decoder = decoderShape(config.decoder.layers, targetExits, labels, config.encoder.vocabSize);
    const targetPlan = planTargets(config, sources.offsets, targets, targetExits, decoder, scale);
    const key = `${shapeKey(encoder)}:${decoderShapeKey(decoder)}`;
    const training = this.#graphFor(key, encoder, decoder);
    const { store } = this.#engine;
    store.words?.refresh(sources.inputIds);
    store.words?.refresh(inputs);
    const { embeddings } = training;
    return this.#engine.accumulate({
      key,
      training,
      feeds: [...plan.feeds, ...targetPlan.feeds],
      outputs: [
        LOSS,
        ...(embeddings.encoder ? [EMBEDDING_GRADIENT] : []),
        ...(embeddings.decoder ? [DECODER_EMBEDDING_GRADIENT] : []),
      ],
      mask: (site, seeds) => this.#dropout.feed(site, plan, targetPlan, seeds),
      read: (results) => ({ loss: (results[LOSS].data as Float32Array)[0] }),
      collect: (results) => {
        if (embeddings.encoder)
          this.#embeddings.addEncoder(sources, results[EMBEDDING_GRADIENT].data as Float32Array, config.encoder);
        if (embeddings.decoder)
          this.#addDecoderRows(inputs, targets, results[DECODER_EMBEDDING_GRADIENT].data as Float32Array);
      },
      suspects: 'values in the weights',
    });
  }

  async update({ learningRate }: { readonly learningRate: number }): Promise<{ readonly gradientNorm: number }> {
    return this.#engine.update(learningRate);
  }

  gradient(name: string): Float32Array {
    return this.#tensors.store.gradient(name);
  }

  async model(): Promise<SequenceToSequenceModel> {
    const { vocabulary, hasBias } = this.#tensors;
    const zeros = new Float32Array(hasBias ? 0 : this.#config.encoder.vocabSize);
    const values = (name: string): Float32Array =>
      name === VOCABULARY_BIAS && !hasBias
        ? zeros
        : this.#engine.present(name === VOCABULARY_WEIGHT ? vocabulary : name);
    const resolved = { config: this.#config.encoder, heads: [], head: undefined, exitTable: this.#exitTable };
    const settings = { ...this.#choices, dtype: 'fp32', cacheProjections: false };
    return this.#engine.view(values, (sessions) => {
      const encoder = new OnnxEncoder(resolved, sessions('encoder'), settings);
      return new OnnxSequenceToSequence(this.#config, encoder, sessions('model'), this.#decoderExitTable);
    });
  }

  weights(): WeightSource {
    return allWeights(this.#tensors);
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

  #targetExits(inputs: Int32Array): Uint8Array {
    const { layers } = this.#config.decoder;
    const table = this.#decoderExitTable;
    return table ? Uint8Array.from(inputs, (id) => table.exitLayer[id]) : new Uint8Array(inputs.length).fill(layers);
  }

  #graphFor(key: string, encoder: EncoderShape, decoder: DecoderShape): SequenceToSequenceTrainingGraph {
    const { vocabulary, hasBias } = this.#tensors;
    return this.#engine.graphFor(key, () =>
      sequenceToSequenceTrainingGraph({
        ...{ config: this.#config, encoder, decoder, vocabulary, hasBias },
        smoothing: this.#smoothing,
        trained: this.#engine.store.trained(),
        drops: (site) => this.#dropout.active(site),
      }),
    );
  }

  #addDecoderRows(inputs: Int32Array, { offsets }: TargetBatch, rows: Float32Array): void {
    const { positionOffset, embeddingScale } = this.#config.decoder;
    this.#embeddings.addTable(DECODER_POSITIONS, positionsOf(offsets, positionOffset), rows);
    // Padding stands where a label doesn't count; its word teaches nothing, as with torch's padding_idx.
    const { hiddenSize: H } = this.#config.encoder;
    inputs.forEach((id, n) => {
      if (id === this.#config.padTokenId) rows.fill(0, n * H, (n + 1) * H);
    });
    this.#embeddings.addWords(inputs, rows, embeddingScale);
  }
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
