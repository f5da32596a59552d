import type { DecodingAccount, SequenceToSequenceConfig } from '@hashee/core';

/** What a call has computed. Encoder and decoder apart: exits make the encoder cheaper, and long outputs hide that. */
export interface GenerationSummary {
  readonly texts: number;
  /** Special tokens included. */
  readonly sourceTokens: number;
  /** Tokens of the results, start tokens not counted. */
  readonly generatedTokens: number;
  /** Texts that were cut. */
  readonly truncated: number;
  readonly encoder: {
    /** L */
    readonly layers: number;
    /** Over all source tokens; 0 where there were none. */
    readonly meanExitLayer: number;
    /** Multiply-accumulates executed. */
    readonly macs: number;
    /** Multiply-accumulates of the dense encoder on the same texts. */
    readonly denseMacs: number;
    /** `denseMacs / macs`; 1 where there were no texts. */
    readonly countedSpeedup: number;
    /** Time inside the runtime. */
    readonly milliseconds: number;
  };
  readonly decoder: {
    /** Tokens computed, over all hypotheses. */
    readonly tokens: number;
    /** Multiply-accumulates executed, keys and values of the encoder's states included. */
    readonly macs: number;
    /** Multiply-accumulates if every token ran all layers of the decoder. */
    readonly denseMacs: number;
    /** Over all tokens computed; 0 where there were none. */
    readonly meanExitLayer: number;
    /** Time inside the runtime. */
    readonly milliseconds: number;
  };
  /** Of encoder and decoder together. */
  readonly countedSpeedup: number;
}

/** Adds up the accounts of a call. */
export class GenerationCounter {
  readonly #config: SequenceToSequenceConfig;
  readonly #counts = { texts: 0, sourceTokens: 0, generatedTokens: 0, truncated: 0 };
  readonly #encoder = { exitLayers: 0, macs: 0, denseMacs: 0, milliseconds: 0 };
  readonly #decoder = { exitLayers: 0, tokens: 0, macs: 0, denseMacs: 0, milliseconds: 0 };

  constructor(config: SequenceToSequenceConfig) {
    this.#config = config;
  }

  addResult(generatedTokens: number, truncated: boolean): void {
    this.#counts.texts++;
    this.#counts.generatedTokens += generatedTokens;
    if (truncated) this.#counts.truncated++;
  }

  addBatch({ encoder, decoder }: DecodingAccount): void {
    this.#counts.sourceTokens += encoder.exitLayers.length;
    for (const layer of encoder.exitLayers) this.#encoder.exitLayers += layer;
    for (const name of ['macs', 'denseMacs', 'milliseconds'] as const) this.#encoder[name] += encoder[name];
    for (const name of ['exitLayers', 'tokens', 'macs', 'denseMacs', 'milliseconds'] as const)
      this.#decoder[name] += decoder[name];
  }

  summary(): GenerationSummary {
    const { exitLayers, ...encoder } = this.#encoder;
    const { exitLayers: decoderExits, ...decoder } = this.#decoder;
    const { sourceTokens } = this.#counts;
    const ratio = (dense: number, macs: number): number => (macs === 0 ? 1 : dense / macs);
    return {
      ...this.#counts,
      encoder: {
        layers: this.#config.encoder.layers,
        meanExitLayer: sourceTokens === 0 ? 0 : exitLayers / sourceTokens,
        ...encoder,
        countedSpeedup: ratio(encoder.denseMacs, encoder.macs),
      },
      decoder: { ...decoder, meanExitLayer: decoder.tokens === 0 ? 0 : decoderExits / decoder.tokens },
      countedSpeedup: ratio(encoder.denseMacs + decoder.denseMacs, encoder.macs + decoder.macs),
    };
  }
}
