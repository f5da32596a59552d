import { throwIfAborted } from '../../abort.js';
import type { Account } from '../../account.js';
import type { TokenBatch } from '../../batch.js';
import type { EncoderConfig } from '../../config.js';
import { denseMacs, embeddingMacs, headMacs, layerMacs } from '../../cost.js';
import { HasheeError } from '../../errors.js';
import { type HeadConfig, readsFirstOnly } from '../../head.js';
import type { Pass } from '../../pass.js';
import type { ReferenceResult } from './forward.js';

export interface ReferencePassInput {
  readonly config: EncoderConfig;
  readonly heads: readonly HeadConfig[];
  readonly batch: TokenBatch;
  readonly result: ReferenceResult;
  /** Fills in what the pass doesn't know. */
  account(macs: number, denseMacs: number, exitLayers: Uint8Array, active: number[]): Account;
  /** @throws HasheeError `DISPOSED` when the encoder is gone */
  assertUsable(): void;
  readonly signal: AbortSignal | undefined;
}

/** A pass over states that are all known from the start: sequences don't see each other, so leaving changes nothing. */
export class ReferencePass implements Pass {
  readonly #given: ReferencePassInput;
  readonly #lastLayer: Uint8Array;
  readonly #activeTokens: number[];
  #rows: number[];
  #layer = 0;
  #macs = 0;
  #disposed = false;
  /** Only first tokens may be read since the last advance. */
  #firstOnly = false;

  constructor(given: ReferencePassInput) {
    const { batch, config } = given;
    this.#given = given;
    this.#rows = Array.from({ length: batch.offsets.length - 1 }, (_, b) => b);
    this.#lastLayer = new Uint8Array(batch.inputIds.length);
    this.#activeTokens = new Array<number>(config.layers).fill(0);
    for (const row of this.#rows) this.#macs += embeddingMacs(config, this.#length(row));
  }

  get rows(): Int32Array {
    return Int32Array.from(this.#rows);
  }

  get layer(): number {
    return this.#layer;
  }

  async advance(
    toLayer: number,
    { read = 'all' }: { readonly read?: 'all' | 'first' | undefined } = {},
  ): Promise<void> {
    this.#check();
    this.#assertAllRead('advance()');
    throwIfAborted(this.#given.signal, 'The pass');
    const { layers } = this.#given.config;
    if (!Number.isInteger(toLayer) || toLayer <= this.#layer || toLayer > layers)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `advance() takes a layer above ${this.#layer} and at most ${layers}, got ${toLayer}.`,
        { fields: { toLayer, layer: this.#layer, layers } },
      );
    this.#firstOnly = read === 'first';
    while (this.#layer < toLayer) {
      this.#layer++;
      for (const row of this.#rows) {
        let active = 0;
        for (let t = this.#given.batch.offsets[row]; t < this.#given.batch.offsets[row + 1]; t++)
          if (this.#given.result.exitLayers[t] >= this.#layer) {
            this.#lastLayer[t] = this.#layer;
            active++;
          }
        this.#activeTokens[this.#layer - 1] += active;
        this.#macs += layerMacs(this.#given.config, this.#layer, active, this.#length(row));
      }
    }
  }

  async logits(name: string): Promise<Float32Array> {
    this.#check();
    const all = this.#given.result.logits(name, this.#layer);
    const head = this.#given.heads.find((candidate) => candidate.name === name);
    const byToken = head?.task === 'token-classification';
    if (!readsFirstOnly(head)) this.#assertAllRead(`Head "${name}"`);
    const picked = this.#pick(all, byToken, head?.labels.length ?? 0);
    const tokens = this.#rows.reduce((sum, row) => sum + this.#length(row), 0);
    if (head) this.#macs += headMacs(this.#given.config, head, picked.length / head.labels.length, tokens);
    return picked;
  }

  async hidden(): Promise<Float32Array> {
    this.#check();
    this.#assertAllRead('hidden()');
    return this.#pick(this.#given.result.hidden[this.#layer], true, this.#given.config.hiddenSize);
  }

  keep(rows: ArrayLike<number>): void {
    this.#check();
    const wanted = Array.from(rows);
    for (const [index, row] of wanted.entries())
      if (!this.#rows.includes(row) || wanted.indexOf(row) !== index)
        throw new HasheeError('INVALID_ARGUMENT', `keep(): sequence ${row} has left this pass or is named twice.`, {
          fields: { row, rows: this.#rows },
        });
    this.#rows = wanted;
  }

  account(): Account {
    let dense = 0;
    for (let b = 0; b + 1 < this.#given.batch.offsets.length; b++)
      dense += denseMacs(this.#given.config, this.#length(b));
    return this.#given.account(this.#macs, dense, this.#lastLayer.slice(), [...this.#activeTokens]);
  }

  dispose(): void {
    this.#disposed = true;
  }

  #length(row: number): number {
    return this.#given.batch.offsets[row + 1] - this.#given.batch.offsets[row];
  }

  #pick(values: Float64Array, byToken: boolean, width: number): Float32Array {
    const { offsets } = this.#given.batch;
    const parts = this.#rows.map((row) =>
      byToken
        ? values.subarray(offsets[row] * width, offsets[row + 1] * width)
        : values.subarray(row * width, (row + 1) * width),
    );
    return Float32Array.from(parts.flatMap((part) => Array.from(part)));
  }

  #assertAllRead(what: string): void {
    if (this.#firstOnly)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `${what} needs all tokens, and the pass went on for first tokens only.`,
      );
  }

  #check(): void {
    this.#given.assertUsable();
    if (this.#disposed) throw new HasheeError('DISPOSED', 'This pass was disposed of. Begin another one.');
  }
}
