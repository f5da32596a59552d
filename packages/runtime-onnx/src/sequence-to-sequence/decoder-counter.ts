import {
  crossProjectionMacs,
  type DecoderAccount,
  decoderTokenMacs,
  type SequenceToSequenceConfig,
  vocabularyMacs,
} from '@hashee/core';

/** One call of `append`. */
export interface CountedStep {
  /** Exit layer of each token, `[R·N]`. */
  readonly exitLayers: Uint8Array;
  /** N, tokens of each hypothesis. */
  readonly count: number;
  /** P, tokens of each hypothesis before them. */
  readonly past: number;
  /** Tokens of each source, and hypotheses of each. */
  readonly sources: readonly number[];
  readonly width: number;
  /** Rows of logits. */
  readonly answers: number;
  readonly milliseconds: number;
}

/** Counts what a decoding computes. */
export class DecoderCounter {
  readonly #config: SequenceToSequenceConfig;
  readonly #account: { -readonly [field in keyof DecoderAccount]: number };

  /**
   * @param sources tokens of each
   * @param milliseconds that their keys and values took
   */
  constructor(config: SequenceToSequenceConfig, sources: readonly number[], milliseconds: number) {
    this.#config = config;
    const projection = sources.reduce((sum, length) => sum + crossProjectionMacs(config, length), 0);
    this.#account = {
      ...{ steps: 0, tokens: 0, exitLayers: 0, vocabularyMacs: 0 },
      ...{ macs: projection, denseMacs: projection, crossProjectionMacs: projection },
      milliseconds,
    };
  }

  add({ exitLayers, count, past, sources, width, answers, milliseconds }: CountedStep): void {
    const account = this.#account;
    const vocabulary = answers * vocabularyMacs(this.#config);
    account.steps++;
    account.milliseconds += milliseconds;
    account.vocabularyMacs += vocabulary;
    account.macs += vocabulary;
    account.denseMacs += vocabulary;
    account.tokens += exitLayers.length;
    exitLayers.forEach((exitLayer, i) => {
      const source = sources[Math.floor(i / (count * width))];
      const position = past + 1 + (i % count);
      account.exitLayers += exitLayer;
      account.macs += decoderTokenMacs(this.#config, position, source, exitLayer);
      account.denseMacs += decoderTokenMacs(this.#config, position, source);
    });
  }

  /** A copy. */
  account(): DecoderAccount {
    return { ...this.#account };
  }
}
