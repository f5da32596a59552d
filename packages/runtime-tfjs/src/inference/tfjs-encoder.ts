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
  type TokenBatch,
  throwIfAborted,
  validateBatch,
} from '@hashee/core';
import { assertFinite, Lifetime, type ResolvedModel } from '@hashee/core/backend';
import { BatchPlan } from '../encoder/batch-plan.js';
import { absorbedCost, type EncoderContext } from '../encoder/context.js';
import { embeddingStates, embeddingSum } from '../encoder/embeddings.js';
import { headLogits, headLogitsOfAll } from '../encoder/head.js';
import { computeQueries, encoderLayer } from '../encoder/layer.js';
import type { Parameters } from '../encoder/parameters.js';
import { type AttentionPreference, chooseLayers } from '../encoder/shape.js';
import type { Engine } from '../engine/engine.js';
import type { Tensor } from '../engine/tensorflow.js';
import type { FoldedWeights } from '../native/folded-weights.js';
import { accountOf, type ComputedLayer } from './account.js';
import { nextTask } from './next-task.js';
import { TfjsPass } from './tfjs-pass.js';

/** Longest stretch between layers without a look at the rest of the process, in milliseconds. */
const STRETCH = 12;

/** Core's Encoder on TensorFlow.js. The event loop runs between layers, so a batch can be aborted half-way. */
export class TfjsEncoder implements Encoder {
  readonly config: EncoderConfig;
  readonly head: HeadConfig | undefined;
  readonly heads: readonly HeadConfig[];
  readonly exitTable: ExitTable | undefined;
  readonly dtype = 'fp32';
  readonly #context: EncoderContext;
  readonly #attention: AttentionPreference;
  readonly #lifetime: Lifetime;
  readonly #passes = new Set<TfjsPass>();

  constructor(
    model: ResolvedModel,
    engine: Engine,
    parameters: Parameters,
    attention: AttentionPreference,
    release: () => void,
    folded?: FoldedWeights,
  ) {
    this.config = model.config;
    this.head = model.head;
    this.heads = model.heads;
    this.exitTable = model.exitTable;
    this.#context = { engine, config: model.config, parameters, inference: true, folded };
    this.#attention = attention;
    this.#lifetime = new Lifetime('encoder', () => {
      for (const pass of [...this.#passes]) pass.dispose();
      release();
    });
  }

  async forward(batch: TokenBatch, options: ForwardOptions = {}): Promise<Output> {
    this.#lifetime.assertAlive();
    throwIfAborted(options.signal, 'The forward pass');
    validateBatch(batch, this.config);
    const started = performance.now();
    const { config, head } = this;
    const { engine } = this.#context;
    const plan = new BatchPlan(batch, exitLayersOf(batch, config.layers, this.exitTable));
    const wantsHidden = options.hidden === true || head === undefined;
    const firstOnly = readsFirstOnly(head);
    const layers = chooseLayers({
      config,
      plan,
      lastLayer: wantsHidden ? config.layers : (head?.layer ?? config.layers),
      read: firstOnly && !wantsHidden ? 'first' : 'all',
      attention: this.#attention,
      ...absorbedCost(this.#context),
    }).map((shape) => ({
      shape,
      queries: plan.queries(shape.queries === 'first' ? 'first' : plan.active(shape.layer)),
    }));

    let logits = new Float32Array(0);
    let hidden = new Float32Array(0);
    if (plan.tokens > 0)
      await this.#lifetime.use(async () => {
        const made = await this.#compute(plan, layers, wantsHidden && options.hidden === true, options.signal);
        try {
          if (made.logits) logits = await engine.take(made.logits);
          if (made.hidden) hidden = await engine.take(made.hidden);
        } finally {
          made.hidden?.dispose();
        }
        throwIfAborted(options.signal, 'The forward pass');
      });
    assertFinite(logits, 'The logits');
    assertFinite(hidden, 'The hidden states');
    return {
      logits,
      labels: head?.labels.length ?? 0,
      ...(options.hidden ? { hidden } : {}),
      account: accountOf(config, plan, layers, head, firstOnly ? plan.sequences : plan.tokens, {
        device: engine.name,
        dtype: this.dtype,
        milliseconds: performance.now() - started,
      }),
    };
  }

  async begin(batch: TokenBatch, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Pass> {
    this.#lifetime.assertAlive();
    throwIfAborted(options.signal, 'The pass');
    validateBatch(batch, this.config);
    const exitLayers = exitLayersOf(batch, this.config.layers, this.exitTable);
    const pass = new TfjsPass({
      encoder: this,
      context: this.#context,
      lifetime: this.#lifetime,
      batch: { ...batch, exitLayers },
      signal: options.signal,
      onDispose: () => this.#passes.delete(pass),
    });
    this.#passes.add(pass);
    return pass;
  }

  dispose(): Promise<void> {
    return this.#lifetime.dispose();
  }

  async #compute(
    plan: BatchPlan,
    layers: readonly ComputedLayer[],
    wantsHidden: boolean,
    signal: AbortSignal | undefined,
  ): Promise<{ logits: Tensor | undefined; hidden: Tensor | undefined }> {
    const context = this.#context;
    const { engine } = context;
    const { operations } = engine;
    let states = engine.run(() => {
      const sum = embeddingSum(this.config, context.parameters, plan);
      return embeddingStates(context, engine.float32(sum, [plan.tokens, this.config.embeddingSize]));
    });
    let resumed = performance.now();
    let logits: Tensor | undefined;
    const answer = (head: HeadConfig, firstOnly: boolean): Tensor =>
      engine.run(() => (firstOnly ? headLogits(context, head, states) : headLogitsOfAll(context, head, states, plan)));
    try {
      for (const [index, { shape, queries }] of layers.entries()) {
        const compute = shape.queries === 'first' ? computeQueries : encoderLayer;
        const next = engine.run(() => compute(context, shape, states, plan, queries));
        states.dispose();
        states = next;
        // A head reads the last layer that runs, up to its own.
        const above = layers[index + 1]?.shape.layer ?? Number.POSITIVE_INFINITY;
        if (this.head && this.head.layer >= shape.layer && this.head.layer < above)
          logits = answer(this.head, shape.queries === 'first');
        if (performance.now() - resumed > STRETCH) {
          await nextTask();
          throwIfAborted(signal, 'The forward pass');
          resumed = performance.now();
        }
      }
      const hidden = wantsHidden ? engine.run(() => operations.takeRows(states, engine.rows(plan.place))) : undefined;
      return { logits, hidden };
    } catch (error) {
      logits?.dispose();
      throw error;
    } finally {
      states.dispose();
    }
  }
}
