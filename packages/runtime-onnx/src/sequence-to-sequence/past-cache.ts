import type { SequenceToSequenceConfig } from '@hashee/core';
import { Int64Writer } from '../encoder/int64.js';
import type { Feed } from '../encoder/plan.js';
import type { SessionPool } from '../inference/session-pool.js';
import { reorderGraph } from './decoder-graph.js';
import { DECODER } from './decoder-inputs.js';

/** Keys and values of the tokens so far, `[R, A, P, D]` for every decoder layer; hypotheses may go on from others. */
export class PastCache {
  readonly #config: SequenceToSequenceConfig;
  readonly #pool: SessionPool;
  /** By the names of the graph's inputs; of the hypotheses before `#parents` picks among them. */
  readonly #tensors = new Map<string, Float32Array>();
  #rows: number;
  #parents: Int32Array | undefined;
  #length = 0;

  /** @param rows hypotheses in the beginning, R */
  constructor(config: SequenceToSequenceConfig, pool: SessionPool, rows: number) {
    this.#config = config;
    this.#pool = pool;
    this.#rows = rows;
  }

  /** Tokens of each hypothesis, P. */
  get length(): number {
    return this.#length;
  }

  /** Hypothesis i goes on from hypothesis `parents[i]`. What that moves is moved when the next tokens come. */
  select(parents: Int32Array): void {
    const previous = this.#parents;
    const composed = previous ? parents.map((parent) => previous[parent]) : parents;
    const same = composed.length === this.#rows && composed.every((parent, row) => parent === row);
    this.#parents = same ? undefined : composed;
  }

  /** What a step reads. */
  async feeds(): Promise<[string, Feed][]> {
    if (this.#parents) await this.#reorder(this.#parents);
    return this.#feeds();
  }

  /** Takes over what a step of `count` tokens a hypothesis gave. */
  keep(results: Readonly<Record<string, { readonly data: unknown }>>, count: number): void {
    for (let layer = 1; layer <= this.#config.decoder.layers; layer++) {
      this.#tensors.set(DECODER.pastKey(layer), results[DECODER.presentKey(layer)].data as Float32Array);
      this.#tensors.set(DECODER.pastValue(layer), results[DECODER.presentValue(layer)].data as Float32Array);
    }
    this.#length += count;
  }

  clear(): void {
    this.#tensors.clear();
  }

  #feeds(): [string, Feed][] {
    const { heads: A, headSize: D, layers } = this.#config.decoder;
    const dims = [this.#rows, A, this.#length, D];
    return Array.from({ length: layers }, (_, index) => [DECODER.pastKey(index + 1), DECODER.pastValue(index + 1)])
      .flat()
      .map((name) => [name, { type: 'float32', data: this.#tensors.get(name) ?? new Float32Array(0), dims }]);
  }

  async #reorder(parents: Int32Array): Promise<void> {
    if (this.#length > 0) {
      const session = await this.#pool.get('reorder', () => reorderGraph(this.#config));
      const feed: Feed = { type: 'int64', data: Int64Writer.from(parents), dims: [parents.length] };
      const results = await session.run(new Map([...this.#feeds(), [DECODER.parents, feed]]));
      for (const name of this.#tensors.keys())
        this.#tensors.set(name, results[`reordered_${name}`].data as Float32Array);
    }
    this.#rows = parents.length;
    this.#parents = undefined;
  }
}
