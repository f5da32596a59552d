import type { EncodedText, Tokenizer } from '@hashee/core';

/** One token of an input and the last layer that was computed for it. */
export interface TokenExit {
  readonly id: number;
  /** The vocabulary entry, such as `##ing`. */
  readonly token: string;
  /** 1..L */
  readonly exitLayer: number;
}

/** What every result may carry beside its answer. */
export interface TextResult {
  /** Set where the input was cut to fit; the answer is about its beginning only. */
  readonly truncated?: true;
  /** Tokens that were kept, of a truncated input. */
  readonly length?: number;
  /** Tokens before truncation, of a truncated input. */
  readonly fullLength?: number;
  /** Every token in order, where `explain` was asked for. */
  readonly exits?: readonly TokenExit[];
}

/** The shared fields of a result. */
export function textResult(
  encoded: EncodedText,
  exitLayers: Uint8Array,
  tokenizer: Tokenizer,
  explain: boolean,
): TextResult {
  return {
    ...(encoded.truncated
      ? { truncated: true as const, length: encoded.inputIds.length, fullLength: encoded.fullLength }
      : {}),
    ...(explain
      ? {
          exits: Array.from(encoded.inputIds, (id, t) => ({
            id,
            token: tokenizer.token(id),
            exitLayer: exitLayers[t],
          })),
        }
      : {}),
  };
}
