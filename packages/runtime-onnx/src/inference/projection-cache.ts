import { type EncoderConfig, type TokenBatch, WORD_TABLE } from '@hashee/core';
import { Int64Writer } from '../encoder/int64.js';
import { PROJECTIONS, type Projection, TABLES } from '../encoder/looked-up-attention.js';
import type { Feed } from '../encoder/plan.js';
import { PLAN } from '../encoder/plan-names.js';
import { Graph, type Value } from '../graph/graph.js';
import { add, fusedMatMul, gatherRows, multiply } from '../graph/operators.js';
import type { SessionPool } from './session-pool.js';

/** Memory that the rows of one encoder may take, in bytes. Pages that no row touched cost nothing. */
const LIMIT = 64 * 2 ** 20;

/** Fewer tokens in a batch are projected as ever: the products of small batches cost little beside the reading of the weights. */
const FEWEST_TOKENS = 128;

/** Tables that are filled as words turn up. Rows never move, so a batch may use them while another adds some. */
class Tables {
  readonly rows: Readonly<Record<Projection, Float32Array>>;
  /** By word and segment: row + 1, 0 where there is none. */
  readonly #slots: Int32Array;
  #count = 0;

  constructor(
    readonly capacity: number,
    readonly width: number,
    keys: number,
  ) {
    const table = (): Float32Array => new Float32Array(capacity * width);
    this.rows = { query: table(), key: table(), value: table() };
    this.#slots = new Int32Array(keys);
  }

  /** -1 where there is none. */
  slotOf(key: number): number {
    return this.#slots[key] - 1;
  }

  /** Those of `keys` that have no row, each once. */
  missing(keys: Int32Array): number[] {
    return [...new Set(keys.filter((key) => this.#slots[key] === 0))];
  }

  has(space: number): boolean {
    return this.#count + space <= this.capacity;
  }

  /** Rows [keys.length, width] of keys that have none yet, or have got them meanwhile. */
  add(keys: readonly number[], rows: Readonly<Record<Projection, Float32Array>>): void {
    keys.forEach((key, from) => {
      if (this.#slots[key] > 0) return;
      for (const projection of PROJECTIONS)
        this.rows[projection].set(
          rows[projection].subarray(from * this.width, (from + 1) * this.width),
          this.#count * this.width,
        );
      this.#slots[key] = ++this.#count;
    });
  }
}

/** What a batch needs to look its projections up. */
export interface LookUp {
  /** `[T]`, rows of the tables */
  readonly slots: Int32Array;
  readonly feeds: ReadonlyMap<string, Feed>;
}

/**
 * Query, key and value of layer 1 for the words seen so far, so that frequent words are projected once. The rows are computed in
 * fp32 whatever the dtype, one word at a time as far as values go, so results don't depend on what came before.
 */
export class ProjectionCache {
  readonly #config: EncoderConfig;
  readonly #pool: SessionPool;
  readonly #width: number;
  readonly #capacity: number;
  #tables: Tables | undefined;
  #fixed: Promise<ReadonlyMap<string, Feed>> | undefined;

  private constructor(config: EncoderConfig, pool: SessionPool, limit: number) {
    this.#config = config;
    this.#pool = pool;
    this.#width = config.heads[0] * config.headSize;
    this.#capacity = Math.min(this.#keys, Math.floor(limit / (PROJECTIONS.length * this.#width * 4)));
  }

  /**
   * Undefined for models whose layer 1 doesn't take the embeddings' LayerNorm as it is.
   * @param limit in bytes
   */
  static for(config: EncoderConfig, pool: SessionPool, limit: number = LIMIT): ProjectionCache | undefined {
    if (config.embeddingSize !== config.hiddenSize || config.heads[0] === 0) return undefined;
    return new ProjectionCache(config, pool, limit);
  }

  /**
   * Undefined where it wouldn't pay: few tokens, or more words than the tables hold.
   * @param rows of the tables: [rows·A, D] or [rows, A·D]
   */
  async lookUp(batch: TokenBatch, rows: 'heads' | 'tokens' = 'heads'): Promise<LookUp | undefined> {
    const { inputIds, tokenTypeIds } = batch;
    if (inputIds.length < FEWEST_TOKENS) return undefined;
    const types = Math.max(this.#config.typeVocabSize, 1);
    const keys = Int32Array.from(inputIds, (id, t) => id * types + (types > 1 ? tokenTypeIds[t] : 0));
    this.#fixed ??= this.#computeFixed();
    this.#fixed.catch(() => {
      this.#fixed = undefined;
    });
    const fixed = await this.#fixed;
    const tables = await this.#tablesWith(keys);
    if (!tables) return undefined;
    const feeds = new Map(fixed);
    for (const projection of PROJECTIONS)
      feeds.set(TABLES.words(projection), this.#table(tables.rows[projection], this.#config.headSize));
    if (rows === 'tokens') for (const [name, { data }] of feeds) feeds.set(name, this.#table(data, this.#width));
    return { slots: keys.map((key) => tables.slotOf(key)), feeds };
  }

  get #keys(): number {
    return this.#config.vocabSize * Math.max(this.#config.typeVocabSize, 1);
  }

  #table(data: Feed['data'], columns: number): Feed {
    return { type: 'float32', data, dims: [data.length / columns, columns] };
  }

  async #tablesWith(keys: Int32Array): Promise<Tables | undefined> {
    for (;;) {
      this.#tables ??= new Tables(this.#capacity, this.#width, this.#keys);
      const tables = this.#tables;
      const missing = tables.missing(keys);
      if (missing.length === 0) return tables;
      if (tables.has(missing.length)) {
        const rows = await this.#project(missing);
        // Another batch may have taken the space meanwhile.
        if (tables.has(missing.length)) {
          tables.add(missing, rows);
          return tables;
        }
      }
      if (new Set(keys).size > this.#capacity) return undefined;
      if (this.#tables === tables) this.#tables = undefined;
    }
  }

  async #project(keys: readonly number[]): Promise<Readonly<Record<Projection, Float32Array>>> {
    const types = Math.max(this.#config.typeVocabSize, 1);
    const session = await this.#pool.get('projections:words', () => this.#wordGraph());
    const ids = Int64Writer.from(keys.map((key) => Math.floor(key / types)));
    const segments = Int64Writer.from(keys.map((key) => key % types));
    const results = await session.run(
      new Map<string, Feed>([
        [PLAN.inputIds, { type: 'int64', data: ids, dims: [keys.length] }],
        [PLAN.tokenTypeIds, { type: 'int64', data: segments, dims: [keys.length] }],
      ]),
    );
    const rows = (projection: Projection): Float32Array => results[projection].data as Float32Array;
    return { query: rows('query'), key: rows('key'), value: rows('value') };
  }

  async #computeFixed(): Promise<ReadonlyMap<string, Feed>> {
    const session = await this.#pool.get('projections:positions', () => this.#positionGraph());
    const results = await session.run(new Map());
    return new Map(
      Object.entries(results).map(([name, { data }]) => [
        name,
        this.#table(data as Float32Array, name.startsWith('bias') ? this.#width : this.#config.headSize),
      ]),
    );
  }

  #wordGraph(): Graph {
    const config = this.#config;
    const graph = new Graph();
    const table = (name: string, rows: number, input: string): Value =>
      gatherRows(graph, graph.parameter(name, [rows, config.hiddenSize]), graph.input(input, 'int64', ['rows']));
    let words = table(WORD_TABLE, config.vocabSize, PLAN.inputIds);
    const { embeddingScale: scale = 1 } = config;
    if (scale !== 1) words = multiply(graph, words, graph.float(scale));
    if (config.typeVocabSize > 0)
      words = add(graph, words, table('embeddings.type', config.typeVocabSize, PLAN.tokenTypeIds));
    const gained = this.#gained(graph, words);
    for (const projection of PROJECTIONS) graph.output(this.#projected(graph, gained, projection), projection);
    return graph;
  }

  #positionGraph(): Graph {
    const { positionOffset, maxLength, hiddenSize } = this.#config;
    const graph = new Graph();
    const positions = graph.parameter('embeddings.position', [positionOffset + maxLength, hiddenSize]);
    const gained = this.#gained(graph, positions);
    for (const projection of PROJECTIONS)
      graph.output(this.#projected(graph, gained, projection), TABLES.positions(projection));
    const shift = graph.parameter('embeddings.norm.bias', [1, hiddenSize]);
    for (const projection of ['query', 'value'] as const) {
      const bias = graph.parameter(`${this.#set}.${projection}.bias`, [this.#width]);
      graph.output(add(graph, this.#projected(graph, shift, projection), bias), TABLES.bias(projection));
    }
    return graph;
  }

  get #set(): string {
    return `layers.${this.#config.layerWeights[0]}`;
  }

  /** g ⊙ (x - mean x) of rows. */
  #gained(graph: Graph, rows: Value): Value {
    const mean = graph.add('ReduceMean', [rows, graph.integers([-1])], { keepdims: 1 });
    const gain = graph.parameter('embeddings.norm.weight', [this.#config.hiddenSize]);
    return multiply(graph, graph.add('Sub', [rows, mean]), gain);
  }

  /** By a product that stays in fp32. */
  #projected(graph: Graph, rows: Value, projection: Projection): Value {
    const { hiddenSize } = this.#config;
    const weight = graph.parameter(`${this.#set}.${projection}.weight`, [this.#width, hiddenSize]);
    return fusedMatMul(graph, rows, weight, { transB: true });
  }
}
