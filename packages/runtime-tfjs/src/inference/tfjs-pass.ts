import {
  type Account,
  denseMacs,
  type Encoder,
  embeddingMacs,
  HasheeError,
  headMacs,
  type Pass,
  readsFirstOnly,
  selectSequences,
  type TokenBatch,
  throwIfAborted,
} from '@hashee/core';
import { assertFinite, type Lifetime, unknownHead } from '@hashee/core/backend';
import { BatchPlan } from '../encoder/batch-plan.js';
import type { EncoderContext } from '../encoder/context.js';
import { embeddingStates, embeddingSum } from '../encoder/embeddings.js';
import { headLogits, headLogitsOfAll } from '../encoder/head.js';
import { computeQueries, encoderLayer } from '../encoder/layer.js';
import { type AttentionKind, firstTokensReach, type LayerShape } from '../encoder/shape.js';
import type { Tensor } from '../engine/tensorflow.js';
import { computedMacs, lengthsOf } from './account.js';
import { nextTask } from './next-task.js';

interface PassInput {
  readonly encoder: Encoder;
  readonly context: EncoderContext;
  readonly lifetime: Lifetime;
  /** With its exit layers. */
  readonly batch: TokenBatch & { readonly exitLayers: Uint8Array };
  readonly signal: AbortSignal | undefined;
  readonly onDispose: () => void;
}

/** A batch on its way up, one layer at a time; sequences that leave are cut out of the states in between. */
export class TfjsPass implements Pass {
  readonly #given: PassInput;
  readonly #attention: AttentionKind[];
  readonly #activeTokens: number[];
  readonly #lastLayer: Uint8Array;
  #plan: BatchPlan;
  /** `[T, H]` in computing order, `[B, H]` where only first tokens went on; absent without tokens. */
  #states: Tensor | undefined;
  #firstOnly = false;
  /** Whether `#states` has a row for each sequence, in their order, rather than for each token. */
  #ofSequences = false;
  #rows: Int32Array;
  #layer = 0;
  #macs = 0;
  #milliseconds = 0;
  #disposed = false;

  constructor(given: PassInput) {
    this.#given = given;
    const { batch, context } = given;
    const { config, engine, parameters } = context;
    this.#plan = new BatchPlan(batch, batch.exitLayers);
    this.#rows = Int32Array.from({ length: this.#plan.sequences }, (_, b) => b);
    this.#attention = config.heads.map(() => 'none');
    this.#activeTokens = config.heads.map(() => 0);
    this.#lastLayer = new Uint8Array(batch.inputIds.length);
    if (this.#plan.tokens === 0) return;
    this.#timed(() => {
      const sum = embeddingSum(config, parameters, this.#plan);
      this.#states = engine.run(() =>
        embeddingStates(context, engine.float32(sum, [this.#plan.tokens, config.embeddingSize])),
      );
    });
    for (const n of lengthsOf(batch)) this.#macs += embeddingMacs(config, n);
  }

  get rows(): Int32Array {
    return this.#rows.slice();
  }

  get layer(): number {
    return this.#layer;
  }

  async advance(
    toLayer: number,
    { read = 'all' }: { readonly read?: 'all' | 'first' | undefined } = {},
  ): Promise<void> {
    this.#assertAlive();
    this.#assertAllRead('advance()');
    const { layers } = this.#given.context.config;
    if (!Number.isInteger(toLayer) || toLayer <= this.#layer || toLayer > layers)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `advance() takes a layer above ${this.#layer} and at most ${layers}, got ${toLayer}.`,
        { fields: { toLayer, layer: this.#layer, layers } },
      );
    await this.#given.lifetime.use(async () => {
      while (this.#layer < toLayer) {
        throwIfAborted(this.#given.signal, 'The pass');
        const layer = this.#layer + 1;
        const first = read === 'first' && layer === toLayer && firstTokensReach(this.#plan, layer);
        this.#timed(() => this.#computeLayer(layer, first ? 'first' : 'active'));
        this.#layer = layer;
        if (layer < toLayer) await nextTask();
        this.#assertNotDisposed();
      }
    });
    // Also where the first tokens had been frozen below: what was promised not to be read isn't.
    this.#firstOnly = read === 'first';
  }

  async logits(name: string): Promise<Float32Array> {
    this.#assertAlive();
    const { encoder, context, lifetime } = this.#given;
    const head = encoder.heads.find((candidate) => candidate.name === name);
    if (!head) throw unknownHead(name, encoder.heads);
    if (!readsFirstOnly(head)) this.#assertAllRead(`Head "${name}"`);
    const states = this.#states;
    if (!states) return new Float32Array(0);
    const { engine, config } = context;
    const plan = this.#plan;
    const ofSequences = this.#ofSequences;
    return lifetime.use(async () => {
      const started = performance.now();
      const answers = engine.run(() =>
        ofSequences ? headLogits(context, head, states) : headLogitsOfAll(context, head, states, plan),
      );
      const logits = await engine.take(answers);
      this.#milliseconds += performance.now() - started;
      this.#macs += headMacs(config, head, logits.length / head.labels.length, plan.tokens);
      assertFinite(logits, 'The logits');
      return logits;
    });
  }

  async hidden(): Promise<Float32Array> {
    this.#assertAlive();
    this.#assertAllRead('hidden()');
    const states = this.#states;
    if (!states) return new Float32Array(0);
    const { engine } = this.#given.context;
    const plan = this.#plan;
    return this.#given.lifetime.use(async () => {
      const hidden = await engine.take(engine.run(() => engine.operations.takeRows(states, engine.rows(plan.place))));
      assertFinite(hidden, 'The hidden states');
      return hidden;
    });
  }

  keep(rows: ArrayLike<number>): void {
    this.#assertAlive();
    const index = new Map(Array.from(this.#rows, (row, b) => [row, b]));
    const kept = Array.from(rows, (row) => {
      const b = index.get(row);
      index.delete(row);
      if (b === undefined)
        throw new HasheeError(
          'INVALID_ARGUMENT',
          `keep(): sequence ${row} isn't among the rows of this pass, or is named twice.`,
          { fields: { row, rows: Array.from(this.#rows) } },
        );
      return b;
    });
    const before = this.#plan;
    const batch = selectSequences(before.batch, kept);
    const after = new BatchPlan(batch, batch.exitLayers ?? new Uint8Array(0));
    if (this.#states) {
      const { engine } = this.#given.context;
      const states = this.#states;
      const from = this.#ofSequences ? Int32Array.from(kept) : placesBefore(before, after, kept);
      this.#states =
        from.length === 0 ? undefined : engine.run(() => engine.operations.takeRows(states, engine.rows(from)));
      states.dispose();
    }
    this.#plan = after;
    this.#rows = Int32Array.from(rows);
  }

  account(): Account {
    const { encoder, context, batch } = this.#given;
    return {
      runtime: 'tfjs',
      device: context.engine.name,
      dtype: encoder.dtype,
      exitLayers: this.#lastLayer.slice(),
      activeTokens: [...this.#activeTokens],
      attention: [...this.#attention],
      macs: this.#macs,
      denseMacs: lengthsOf(batch).reduce((sum, n) => sum + denseMacs(context.config, n), 0),
      milliseconds: this.#milliseconds,
    };
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#states?.dispose();
    this.#states = undefined;
    this.#given.onDispose();
  }

  #computeLayer(layer: number, which: LayerShape['queries']): void {
    const { context, batch } = this.#given;
    const { config, engine } = context;
    const plan = this.#plan;
    const active = plan.active(layer);
    const states = this.#states;
    if (active === 0 || !states) return;
    const shape: LayerShape = {
      layer,
      queries: which,
      attention: config.heads[layer - 1] === 0 ? 'none' : 'projected',
    };
    const queries = plan.queries(which === 'first' ? 'first' : active);
    const compute = which === 'first' ? computeQueries : encoderLayer;
    this.#states = engine.run(() => compute(context, shape, states, plan, queries));
    states.dispose();
    this.#ofSequences = which === 'first';

    this.#attention[layer - 1] = shape.attention;
    this.#activeTokens[layer - 1] += queries.count;
    this.#macs += computedMacs(config, { shape, queries }, lengthsOf(plan.batch));
    const { offsets } = plan.batch;
    this.#rows.forEach((row, b) => {
      const from = batch.offsets[row];
      const length = offsets[b + 1] - offsets[b];
      for (let s = 0; s < length; s++) if (plan.exitLayers[offsets[b] + s] >= layer) this.#lastLayer[from + s] = layer;
    });
  }

  #timed(work: () => void): void {
    const started = performance.now();
    work();
    this.#milliseconds += performance.now() - started;
  }

  #assertAllRead(what: string): void {
    if (this.#firstOnly)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `${what} needs all tokens, and the pass went on for first tokens only.`,
      );
  }

  #assertAlive(): void {
    this.#given.lifetime.assertAlive();
    this.#assertNotDisposed();
  }

  #assertNotDisposed(): void {
    if (this.#disposed) throw new HasheeError('DISPOSED', 'This pass was disposed of. Begin another one.');
  }
}

/** Place in `before` of each place in `after`, which holds the sequences `kept` of it. */
function placesBefore(before: BatchPlan, after: BatchPlan, kept: readonly number[]): Int32Array {
  const from = new Int32Array(after.tokens);
  kept.forEach((b, index) => {
    const start = before.batch.offsets[b];
    const length = before.batch.offsets[b + 1] - start;
    for (let s = 0; s < length; s++) from[after.place[after.batch.offsets[index] + s]] = before.place[start + s];
  });
  return from;
}
