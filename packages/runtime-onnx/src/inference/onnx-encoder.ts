import {
  type Encoder,
  type EncoderConfig,
  type ExitTable,
  exitLayersOf,
  type ForwardOptions,
  type HeadConfig,
  type Output,
  type Pass,
  readsFirstOnly,
  selectSequences,
  type TokenBatch,
  throwIfAborted,
  validateBatch,
} from '@hashee/core';
import { assertFinite, type ResolvedModel } from '@hashee/core/backend';
import { accountOf } from '../encoder/account.js';
import type { AttentionPreference } from '../encoder/choose-shape.js';
import { absorbedPenalty, fullLayersOf } from '../encoder/choose-shape.js';
import { encoderGraph } from '../encoder/encoder-graph.js';
import { longGraph } from '../encoder/long-graph.js';
import { planLong } from '../encoder/long-plan.js';
import { allReachTheTop, isLong, longRuns } from '../encoder/long-runs.js';
import { planBatch } from '../encoder/plan.js';
import { canLookUp, type EncoderShape, lookingUp, shapeKey } from '../encoder/shape.js';
import { ShapeCache } from '../encoder/shape-cache.js';
import { canBeAlone, headIsOnTop, planSingleSequence, singleSequenceGraph } from '../encoder/single-sequence.js';
import { Graph } from '../graph/graph.js';
import { joinOutputs } from './join-outputs.js';
import { OnnxPass } from './onnx-pass.js';
import { ProjectionCache } from './projection-cache.js';
import type { SessionPool } from './session-pool.js';

export interface EncoderSettings {
  readonly attention: AttentionPreference;
  readonly dtype: string;
  readonly lastLayer: 'read' | 'all';
  /** For weights that don't change. */
  readonly cacheProjections: boolean;
}

/** Core's Encoder on ONNX Runtime: one graph a batch, compiled for the shapes that turn up. */
export class OnnxEncoder implements Encoder {
  readonly config: EncoderConfig;
  readonly head: HeadConfig | undefined;
  readonly heads: readonly HeadConfig[];
  readonly exitTable: ExitTable | undefined;
  readonly dtype: string;
  readonly #pool: SessionPool;
  readonly #attention: AttentionPreference;
  readonly #penalty: number;
  readonly #fullLayers: number;
  readonly #wholeLastLayer: boolean;
  readonly #shapes = new ShapeCache();
  readonly #projections: ProjectionCache | undefined;

  constructor(model: ResolvedModel, pool: SessionPool, settings: EncoderSettings) {
    this.dtype = settings.dtype;
    this.#wholeLastLayer = settings.lastLayer === 'all';
    this.config = model.config;
    this.head = model.head;
    this.heads = model.heads;
    this.exitTable = model.exitTable;
    this.#pool = pool;
    this.#attention = settings.attention;
    this.#penalty = absorbedPenalty(settings.dtype);
    this.#projections = settings.cacheProjections ? ProjectionCache.for(model.config, pool) : undefined;
    this.#fullLayers = fullLayersOf(model.exitTable, model.config.layers);
  }

  async forward(batch: TokenBatch, options: ForwardOptions = {}): Promise<Output> {
    this.#pool.assertAlive();
    throwIfAborted(options.signal, 'The forward pass');
    validateBatch(batch, this.config);
    const exitLayers = exitLayersOf(batch, this.config.layers, this.exitTable);
    const runs = longRuns(batch.offsets, exitLayers);
    if (runs.length < 2) return this.#run(batch, exitLayers, options);
    const outputs: Output[] = [];
    for (const rows of runs) {
      const part = selectSequences(batch, rows);
      outputs.push(await this.#run(part, exitLayersOf(part, this.config.layers, this.exitTable), options));
    }
    return joinOutputs(batch, runs, outputs, this.head !== undefined && !readsFirstOnly(this.head));
  }

  async #run(batch: TokenBatch, exitLayers: Uint8Array, options: ForwardOptions): Promise<Output> {
    const started = performance.now();
    const hidden = options.hidden === true || this.head === undefined;
    const labels = this.head?.labels.length ?? 0;
    const firstOnly = readsFirstOnly(this.head);
    const sequences = batch.offsets.length - 1;
    const tokens = batch.inputIds.length;
    const rows = firstOnly ? sequences : tokens;

    const lastLayer = hidden ? this.config.layers : (this.head?.layer ?? this.config.layers);
    const alone = canBeAlone(sequences, this.config, this.head, hidden);
    const long =
      !alone &&
      isLong(batch.offsets) &&
      headIsOnTop(this.config, this.head, hidden) &&
      allReachTheTop(batch.offsets, exitLayers, lastLayer);
    const chosen: EncoderShape =
      sequences === 0
        ? { layers: [], read: 'all' }
        : this.#shapes.shapeFor({
            config: this.config,
            exitLayers,
            offsets: batch.offsets,
            fullLayers: batch.exitLayers ? 1 : this.#fullLayers,
            lastLayer,
            read: firstOnly && !hidden && !this.#wholeLastLayer ? 'first' : 'all',
            attention: this.#attention,
            absorption: long ? undefined : 'strided',
            penalty: this.#penalty,
          });
    const lookUp =
      canLookUp(chosen) && !alone
        ? await this.#pool.use(async () => this.#projections?.lookUp(batch, long ? 'tokens' : 'heads'))
        : undefined;
    const shape = lookUp ? lookingUp(chosen) : chosen;
    const plan = alone
      ? planSingleSequence(batch, exitLayers, shape, this.config)
      : (long ? planLong : planBatch)(batch, exitLayers, shape, this.config, lookUp?.slots);
    const feeds = lookUp ? new Map([...plan.feeds, ...lookUp.feeds]) : plan.feeds;
    let logits = new Float32Array(0);
    let states = new Float32Array(0);
    if (sequences > 0)
      await this.#pool.use(async () => {
        const kind = alone ? 'alone:' : long ? `long${sequences}:` : '';
        const session = await this.#pool.get(`${kind}${shapeKey(shape)}:${hidden ? 'hidden' : ''}`, () =>
          alone || long ? this.#buildApart(shape, hidden, long ? sequences : undefined) : this.#build(shape, hidden),
        );
        throwIfAborted(options.signal, 'The forward pass');
        const results = await session.run(feeds);
        throwIfAborted(options.signal, 'The forward pass');
        if (this.head) logits = results['logits'].data as Float32Array<ArrayBuffer>;
        if (hidden) states = results['hidden'].data as Float32Array<ArrayBuffer>;
      });
    assertFinite(logits, 'The logits');
    assertFinite(states, 'The hidden states');
    return {
      logits,
      labels,
      ...(hidden && options.hidden ? { hidden: states } : {}),
      account: accountOf(this.config, batch, exitLayers, shape, plan, this.head && { config: this.head, rows }, {
        device: 'cpu',
        dtype: this.dtype,
        milliseconds: performance.now() - started,
      }),
    };
  }

  async begin(batch: TokenBatch, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Pass> {
    this.#pool.assertAlive();
    throwIfAborted(options.signal, 'The pass');
    validateBatch(batch, this.config);
    const exitLayers = exitLayersOf(batch, this.config.layers, this.exitTable);
    return OnnxPass.begin(this, this.#pool, batch, exitLayers, options.signal);
  }

  dispose(): Promise<void> {
    return this.#pool.dispose();
  }

  #build(shape: EncoderShape, hidden: boolean): Graph {
    const graph = new Graph();
    const values = encoderGraph({ graph, config: this.config }, shape, this.head ? [this.head] : []);
    if (this.head) graph.output(values.logits.get(this.head.name)!, 'logits');
    if (hidden) graph.output(values.hidden!, 'hidden');
    return graph;
  }

  /** @param long sequences of `longGraph`; undefined for one that is alone */
  #buildApart(shape: EncoderShape, hidden: boolean, long: number | undefined): Graph {
    const graph = new Graph();
    const context = { graph, config: this.config };
    const values =
      long === undefined ? singleSequenceGraph(context, shape, this.head) : longGraph(context, shape, long, this.head);
    if (values.logits !== undefined) graph.output(values.logits, 'logits');
    if (hidden) graph.output(values.hidden!, 'hidden');
    return graph;
  }
}
