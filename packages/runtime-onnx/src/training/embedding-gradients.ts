import { type TokenBatch, WORD_TABLE } from '@hashee/core';
import { addRows } from './add-rows.js';
import type { ParameterStore } from './parameter-store.js';

/** Gradients of embedding tables from those of the embedding sums: each row of a table gets those of its tokens. */
export class EmbeddingGradients {
  readonly #store: ParameterStore;
  readonly #width: number;

  /** @param width of the tables, E */
  constructor(store: ParameterStore, width: number) {
    this.#store = store;
    this.#width = width;
  }

  /** The tables of an encoder. @param rows gradient of the sums, `[T, E]` */
  addEncoder(
    { inputIds, tokenTypeIds, offsets }: TokenBatch,
    rows: Float32Array,
    config: { readonly positionOffset: number; readonly embeddingScale?: number | undefined },
  ): void {
    this.addTable('embeddings.type', tokenTypeIds, rows);
    this.addTable('embeddings.position', positionsOf(offsets, config.positionOffset), rows);
    this.addWords(inputIds, rows, config.embeddingScale);
  }

  /** @param scale what rows of the word table were multiplied by */
  addWords(ids: Int32Array, rows: Float32Array, scale = 1): void {
    const scaled = scale === 1 ? rows : rows.map((value) => value * scale);
    this.addTable(WORD_TABLE, ids, scaled);
    this.#store.words?.accumulate(ids, scaled);
  }

  /** A table that is kept with the other weights; others are left out. */
  addTable(table: string, ids: ArrayLike<number>, rows: Float32Array): void {
    const { flat } = this.#store;
    if (flat.has(table)) addRows(flat.view(flat.gradients, table), ids, rows, this.#width);
  }
}

/** Rows of a position table for sequences side by side. */
export function positionsOf(offsets: Int32Array, positionOffset: number): Int32Array {
  const positions = new Int32Array(offsets[offsets.length - 1]);
  for (let b = 0; b + 1 < offsets.length; b++)
    for (let t = offsets[b]; t < offsets[b + 1]; t++) positions[t] = positionOffset + t - offsets[b];
  return positions;
}
