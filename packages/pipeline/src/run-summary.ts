import type { Account, Encoder } from '@hashee/core';

/** What a call has computed so far. */
export interface RunSummary {
  readonly runtime: string;
  readonly device: string;
  readonly dtype: string;
  readonly sequences: number;
  /** Tokens computed, special tokens included. */
  readonly tokens: number;
  /** Sequences that were cut to the longest length. */
  readonly truncated: number;
  /** L */
  readonly layers: number;
  /** Over all tokens; 0 before the first batch. */
  readonly meanExitLayer: number;
  /** Multiply-accumulates executed. */
  readonly macs: number;
  /** Multiply-accumulates of the dense model on the same input. */
  readonly denseMacs: number;
  /** `denseMacs / macs`; 1 before the first batch. */
  readonly countedSpeedup: number;
  /** Time inside the runtime; tokenizing excluded. */
  readonly milliseconds: number;
}

/** Adds up the accounts of a call. */
export class SummaryCounter {
  readonly #encoder: Encoder;
  #account: Account | undefined;
  #sequences = 0;
  #tokens = 0;
  #truncated = 0;
  #exitLayers = 0;
  #macs = 0;
  #denseMacs = 0;
  #milliseconds = 0;

  constructor(encoder: Encoder) {
    this.#encoder = encoder;
  }

  add(account: Account, sequences: number, truncated: number): void {
    this.#account = account;
    this.#sequences += sequences;
    this.#truncated += truncated;
    this.#tokens += account.exitLayers.length;
    for (const layer of account.exitLayers) this.#exitLayers += layer;
    this.#macs += account.macs;
    this.#denseMacs += account.denseMacs;
    this.#milliseconds += account.milliseconds;
  }

  summary(): RunSummary {
    return {
      runtime: this.#account?.runtime ?? '',
      device: this.#account?.device ?? '',
      dtype: this.#account?.dtype ?? this.#encoder.dtype,
      sequences: this.#sequences,
      tokens: this.#tokens,
      truncated: this.#truncated,
      layers: this.#encoder.config.layers,
      meanExitLayer: this.#tokens === 0 ? 0 : this.#exitLayers / this.#tokens,
      macs: this.#macs,
      denseMacs: this.#denseMacs,
      countedSpeedup: this.#macs === 0 ? 1 : this.#denseMacs / this.#macs,
      milliseconds: this.#milliseconds,
    };
  }
}
