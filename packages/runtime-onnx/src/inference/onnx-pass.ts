import {
  type Account,
  denseMacs,
  type Encoder,
  embeddingMacs,
  HasheeError,
  headMacs,
  layerMacs,
  type Pass,
  readsFirstOnly,
  selectSequences,
  type TokenBatch,
  throwIfAborted,
} from '@hashee/core';
import { assertFinite, unknownHead } from '@hashee/core/backend';
import { absorbedPenalty, chooseShape } from '../encoder/choose-shape.js';
import { embeddingStates, embeddingSum } from '../encoder/embeddings.js';
import { headLogits } from '../encoder/head.js';
import { encoderLayer, lastLayer } from '../encoder/layer.js';
import { type Feed, planBatch } from '../encoder/plan.js';
import { type AttentionKind, type LayerShape, shapeKey } from '../encoder/shape.js';
import { type States, toRagged } from '../encoder/states.js';
import { Graph } from '../graph/graph.js';
import type { SessionPool } from './session-pool.js';

const STATES = 'states';

/** A batch on its way up, one compiled graph a layer; sequences that leave are cut out of the states in between. */
export class OnnxPass implements Pass {
  readonly #encoder: Encoder;
  readonly #pool: SessionPool;
  readonly #signal: AbortSignal | undefined;
  readonly #full: TokenBatch;
  readonly #attention: AttentionKind[];
  readonly #activeTokens: number[];
  readonly #lastLayer: Uint8Array;
  #batch: TokenBatch;
  #exits: Uint8Array;
  /** `[T, H]`; `[B, H]` where only first tokens went on. */
  #states: Float32Array;
  #firstOnly = false;
  #rows: Int32Array;
  #layer = 0;
  #macs = 0;
  #milliseconds = 0;
  #disposed = false;

  private constructor(
    encoder: Encoder,
    pool: SessionPool,
    batch: TokenBatch,
    exits: Uint8Array,
    signal: AbortSignal | undefined,
  ) {
    this.#encoder = encoder;
    this.#pool = pool;
    this.#signal = signal;
    this.#full = batch;
    this.#batch = { ...batch, exitLayers: exits };
    this.#exits = exits;
    this.#states = new Float32Array(0);
    this.#rows = Int32Array.from({ length: batch.offsets.length - 1 }, (_, b) => b);
    this.#attention = encoder.config.heads.map((): AttentionKind => 'none');
    this.#activeTokens = encoder.config.heads.map(() => 0);
    this.#lastLayer = new Uint8Array(exits.length);
  }

  static async begin(
    encoder: Encoder,
    pool: SessionPool,
    batch: TokenBatch,
    exits: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<OnnxPass> {
    const pass = new OnnxPass(encoder, pool, batch, exits, signal);
    if (exits.length === 0) return pass;
    const { config } = encoder;
    await pass.#timed(async () => {
      const session = await pool.get('pass:embeddings', () => {
        const graph = new Graph();
        const context = { graph, config };
        graph.output(embeddingStates(context, embeddingSum(context)), STATES);
        return graph;
      });
      const { feeds } = planBatch(batch, exits, { layers: [], read: 'all' }, config);
      pass.#states = (await session.run(feeds))[STATES].data as Float32Array;
    });
    for (let b = 0; b + 1 < batch.offsets.length; b++)
      pass.#macs += embeddingMacs(config, batch.offsets[b + 1] - batch.offsets[b]);
    return pass;
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
    const { layers } = this.#encoder.config;
    if (!Number.isInteger(toLayer) || toLayer <= this.#layer || toLayer > layers)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `advance() takes a layer above ${this.#layer} and at most ${layers}, got ${toLayer}.`,
        { fields: { toLayer, layer: this.#layer, layers } },
      );
    while (this.#layer < toLayer) {
      throwIfAborted(this.#signal, 'The pass');
      // First tokens that were frozen below are read where they froze.
      const first = read === 'first' && this.#layer + 1 === toLayer && this.#firstTokensReach(toLayer);
      await this.#computeLayer(this.#layer + 1, first);
      this.#layer++;
    }
    if (read === 'first' && !this.#firstOnly) {
      this.#states = this.#firstStates();
      this.#firstOnly = true;
    }
  }

  #firstTokensReach(layer: number): boolean {
    for (let b = 0; b < this.#rows.length; b++) if (this.#exits[this.#batch.offsets[b]] < layer) return false;
    return this.#rows.length > 0;
  }

  /** States of the first tokens, `[B, H]`. */
  #firstStates(): Float32Array {
    if (this.#firstOnly) return this.#states;
    const H = this.#encoder.config.hiddenSize;
    const { offsets } = this.#batch;
    const states = new Float32Array(this.#rows.length * H);
    for (let b = 0; b < this.#rows.length; b++)
      states.set(this.#states.subarray(offsets[b] * H, (offsets[b] + 1) * H), b * H);
    return states;
  }

  #assertAllRead(what: string): void {
    if (this.#firstOnly)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `${what} needs the states of all tokens, and the pass went on for first tokens only.`,
      );
  }

  async logits(name: string): Promise<Float32Array> {
    this.#assertAlive();
    const head = this.#encoder.heads.find((candidate) => candidate.name === name);
    if (!head) throw unknownHead(name, this.#encoder.heads);
    if (!readsFirstOnly(head)) this.#assertAllRead(`Head "${name}"`);
    if (this.#rows.length === 0) return new Float32Array(0);
    const { config } = this.#encoder;
    const H = config.hiddenSize;
    const read = readsFirstOnly(head) ? this.#firstStates() : this.#states;
    const tokens = this.#exits.length;
    return this.#timed(async () => {
      const session = await this.#pool.get(`pass:head:${name}`, () => {
        const graph = new Graph();
        const states = graph.input(STATES, 'float32', ['rows', H]);
        graph.output(headLogits({ graph, config }, head, states), 'logits');
        return graph;
      });
      const plan = head.attention
        ? planBatch(this.#batch, this.#exits, { layers: [], read: 'all' }, config).feeds
        : new Map<string, Feed>();
      const feeds = new Map(plan).set(STATES, { type: 'float32', data: read, dims: [read.length / H, H] });
      const logits = (await session.run(feeds))['logits'].data as Float32Array;
      this.#macs += headMacs(config, head, logits.length / head.labels.length, tokens);
      assertFinite(logits, 'The logits');
      return logits;
    });
  }

  async hidden(): Promise<Float32Array> {
    this.#assertAlive();
    this.#assertAllRead('hidden()');
    assertFinite(this.#states, 'The hidden states');
    return this.#states.slice();
  }

  keep(rows: ArrayLike<number>): void {
    this.#assertAlive();
    const place = new Map(Array.from(this.#rows, (row, index) => [row, index]));
    const kept = Array.from(rows, (row) => {
      const index = place.get(row);
      place.delete(row);
      if (index === undefined)
        throw new HasheeError(
          'INVALID_ARGUMENT',
          `keep(): sequence ${row} isn't among the rows of this pass, or is named twice.`,
          {
            fields: { row, rows: Array.from(this.#rows) },
          },
        );
      return index;
    });
    const H = this.#encoder.config.hiddenSize;
    const { offsets } = this.#batch;
    const batch = selectSequences(this.#batch, kept);
    const states = new Float32Array((this.#firstOnly ? kept.length : batch.inputIds.length) * H);
    kept.forEach((b, index) => {
      const [from, to, at] = this.#firstOnly ? [b, b + 1, index] : [offsets[b], offsets[b + 1], batch.offsets[index]];
      states.set(this.#states.subarray(from * H, to * H), at * H);
    });
    this.#rows = Int32Array.from(rows);
    this.#batch = batch;
    this.#exits = batch.exitLayers ?? new Uint8Array(0);
    this.#states = states;
  }

  account(): Account {
    const { offsets } = this.#full;
    let dense = 0;
    for (let b = 0; b + 1 < offsets.length; b++) dense += denseMacs(this.#encoder.config, offsets[b + 1] - offsets[b]);
    return {
      runtime: 'onnx',
      device: 'cpu',
      dtype: this.#encoder.dtype,
      exitLayers: this.#lastLayer.slice(),
      activeTokens: [...this.#activeTokens],
      attention: [...this.#attention],
      macs: this.#macs,
      denseMacs: dense,
      milliseconds: this.#milliseconds,
    };
  }

  dispose(): void {
    this.#disposed = true;
    this.#states = new Float32Array(0);
  }

  /** @param first for first tokens alone, all of which are still active */
  async #computeLayer(layer: number, first: boolean): Promise<void> {
    const { config } = this.#encoder;
    const active = this.#exits.reduce((count, exit) => count + (exit >= layer ? 1 : 0), 0);
    if (active === 0) return;
    const shape: LayerShape = {
      layer,
      queries: active === this.#exits.length && !first ? 'all' : 'some',
      attention: config.heads[layer - 1] === 0 ? 'none' : first ? this.#cheaperAttention(layer) : 'projected',
    };
    const shapes = { layers: [shape], read: first ? 'first' : 'all' } as const;
    await this.#timed(async () => {
      const session = await this.#pool.get(`pass:${shapeKey(shapes)}`, () => {
        const graph = new Graph();
        const states = graph.input(STATES, 'float32', ['T', config.hiddenSize]);
        const context = { graph, config };
        const below: States = { value: states, layout: 'ragged' };
        graph.output(
          first ? lastLayer(context, shape, below) : toRagged(graph, encoderLayer(context, shape, below)).value,
          'next',
        );
        return graph;
      });
      const plan = planBatch(this.#batch, this.#exits, shapes, config);
      const dims = [this.#exits.length, config.hiddenSize];
      const feeds = new Map<string, Feed>(plan.feeds).set(STATES, { type: 'float32', data: this.#states, dims });
      this.#states = (await session.run(feeds))['next'].data as Float32Array;
      this.#firstOnly = first;
      this.#count(layer, shape.attention, plan.activePerSequence[layer - 1]);
    });
  }

  /** For one query a sequence. */
  #cheaperAttention(layer: number): 'projected' | 'absorbed' {
    const request = {
      config: this.#encoder.config,
      exitLayers: this.#exits,
      offsets: this.#batch.offsets,
      fullLayers: layer,
      lastLayer: layer,
      read: 'first',
      attention: 'auto',
      penalty: absorbedPenalty(this.#encoder.dtype),
    } as const;
    return chooseShape(request).layers.at(-1)?.attention === 'absorbed' ? 'absorbed' : 'projected';
  }

  #count(layer: number, attention: AttentionKind, activePerSequence: Int32Array): void {
    const { config } = this.#encoder;
    const { offsets } = this.#batch;
    this.#attention[layer - 1] = attention;
    this.#rows.forEach((row, b) => {
      const n = offsets[b + 1] - offsets[b];
      this.#activeTokens[layer - 1] += activePerSequence[b];
      this.#macs += layerMacs(
        config,
        layer,
        activePerSequence[b],
        n,
        attention === 'absorbed' ? 'absorbed' : 'projected',
      );
      const from = this.#full.offsets[row];
      for (let s = 0; s < n; s++) if (this.#exits[offsets[b] + s] >= layer) this.#lastLayer[from + s] = layer;
    });
  }

  async #timed<T>(work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await this.#pool.use(work);
    this.#milliseconds += performance.now() - started;
    return result;
  }

  #assertAlive(): void {
    this.#pool.assertAlive();
    if (this.#disposed) throw new HasheeError('DISPOSED', 'This pass was disposed of. Begin another one.');
  }
}
