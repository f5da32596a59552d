import { alignPieces } from '@hashee/pipeline';
import { Tokenizer } from '@huggingface/tokenizers';

/** A stretch of the text as it was typed. */
export interface TextPart {
  readonly text: string;
  /** The layer where it leaves; absent for what is between words. */
  readonly layer?: number;
  /** It goes on with the word before it. */
  readonly continues: boolean;
}

/** A text as the model takes it, and as people read it. */
export interface ReadText {
  /** Special tokens included. */
  readonly ids: readonly number[];
  /** Exit layer of each token. */
  readonly exitLayers: readonly number[];
  readonly parts: readonly TextPart[];
  /** The end was cut off. */
  readonly truncated: boolean;
}

/** Cuts texts into tokens and finds them in the text again. */
export class TextReader {
  readonly #tokenizer: Tokenizer;
  readonly #exitLayers: Uint8Array;
  readonly #maxLength: number;

  constructor(tokenizer: object, config: object, exitLayers: Uint8Array, maxLength: number) {
    this.#tokenizer = new Tokenizer(tokenizer, config);
    this.#exitLayers = exitLayers;
    this.#maxLength = maxLength;
  }

  read(text: string): ReadText {
    const all: readonly number[] = this.#tokenizer.encode(text).ids;
    const truncated = all.length > this.#maxLength;
    const ids = truncated ? [...all.slice(0, this.#maxLength - 1), all[all.length - 1]] : all;
    const exitLayers = ids.map((id) => this.#exitLayers[id]);
    const inner = ids.slice(1, -1);
    const tokens = inner.map((id): string => this.#tokenizer.id_to_token(id) ?? '');
    const continues = tokens.map((token) => token.startsWith('##') && token.length > 2);
    const pieces = tokens.map((token, i) => (token === '[UNK]' ? undefined : continues[i] ? token.slice(2) : token));
    const parts: TextPart[] = [];
    let end = 0;
    alignPieces(text, pieces).forEach((span, i) => {
      if (!span || span.start < end) return;
      if (span.start > end) parts.push({ text: text.slice(end, span.start), continues: false });
      parts.push({ text: text.slice(span.start, span.end), layer: exitLayers[i + 1], continues: continues[i] });
      end = span.end;
    });
    if (end < text.length) parts.push({ text: text.slice(end), continues: false });
    return { ids, exitLayers, parts, truncated };
  }
}
