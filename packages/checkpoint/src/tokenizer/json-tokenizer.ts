import { type EncodedText, HasheeError, type TextInput, type Tokenizer } from '@hashee/core';
import { fingerprintOf } from './fingerprint.js';
import { readSpecialIds } from './special-ids.js';
import { readTemplate, type Template, type TemplatePiece } from './template.js';
import { createTextEncoder, type TextEncoder } from './text-encoder.js';
import { parseTokenizerFile, type TokenizerFile } from './tokenizer-file.js';
import { longestFirst } from './truncate.js';

export interface JsonTokenizerOptions {
  /** Content of tokenizer_config.json. @default {} */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** Segments that the model knows: with fewer than two, all tokens are in segment 0. @default 2 */
  readonly segments?: number | undefined;
  /** Named in errors. @default tokenizer.json */
  readonly path?: string | undefined;
}

/** A tokenizer made from the content of tokenizer.json. */
export class JsonTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly specialIds: ReadonlySet<number>;
  readonly #file: TokenizerFile;
  readonly #settings: Readonly<Record<string, unknown>>;
  readonly #segments: number;
  readonly #template: Template;
  readonly #texts: TextEncoder;
  #fingerprint: string | undefined;

  /** @throws HasheeError `INVALID_TOKENIZER`, `UNSUPPORTED` */
  constructor(json: Readonly<Record<string, unknown>>, options: JsonTokenizerOptions = {}) {
    this.#file = parseTokenizerFile(json, options.path ?? 'tokenizer.json');
    this.#settings = options.settings ?? {};
    this.#segments = options.segments ?? 2;
    this.#template = readTemplate(this.#file);
    assertKnown(this.#template, this.#file);
    this.#texts = createTextEncoder(this.#file, this.#settings);
    this.specialIds = readSpecialIds(this.#file, this.#settings, this.#texts.idOf);
    this.vocabSize = this.#file.vocabSize;
  }

  get fingerprint(): string {
    this.#fingerprint ??= fingerprintOf(this.#file, this.#settings);
    return this.#fingerprint;
  }

  /** @throws HasheeError `INVALID_ARGUMENT` for other things than text, and a `maxLength` below the number of special tokens */
  encode(text: TextInput, options: { readonly maxLength?: number } = {}): EncodedText {
    const texts = typeof text === 'string' ? [text] : text;
    if (
      !Array.isArray(texts) ||
      texts.length < 1 ||
      texts.length > 2 ||
      !texts.every((each) => typeof each === 'string')
    )
      throw new HasheeError('INVALID_ARGUMENT', `Expected a text or a pair of texts, got ${describe(text)}.`, {
        fields: { text },
      });
    const [first, second] = [
      this.#texts.encode(texts[0]),
      texts.length === 2 ? this.#texts.encode(texts[1]) : undefined,
    ];
    const template = second ? this.#template.pair : this.#template.single;
    const lengths: [number, number] = [first.length, second?.length ?? 0];
    const specials = template.filter((piece) => 'id' in piece).length;
    const fullLength = lengths[0] + lengths[1] + specials;
    const kept = longestFirst(lengths, roomFor(options.maxLength ?? fullLength, specials));
    return {
      ...this.#assemble(template, [first, second ?? []], kept, specials),
      truncated: kept[0] + kept[1] + specials < fullLength,
      fullLength,
    };
  }

  /** @throws HasheeError `NOT_FOUND` for an id that the vocabulary doesn't have */
  token(id: number): string {
    const token = this.#texts.tokenOf(id);
    if (token === undefined)
      throw new HasheeError('NOT_FOUND', `The vocabulary has no entry ${id}; its ids are below ${this.vocabSize}.`, {
        fields: { id, vocabSize: this.vocabSize },
      });
    return token;
  }

  decode(ids: ArrayLike<number>): string {
    const ordinary = Array.from(ids).filter((id) => !this.specialIds.has(id) && this.#texts.tokenOf(id) !== undefined);
    return ordinary.length === 0 ? '' : this.#texts.decode(ordinary);
  }

  #assemble(
    template: readonly TemplatePiece[],
    texts: readonly [ArrayLike<number>, ArrayLike<number>],
    kept: readonly [number, number],
    specials: number,
  ): Pick<EncodedText, 'inputIds' | 'tokenTypeIds'> {
    const inputIds = new Int32Array(kept[0] + kept[1] + specials);
    const tokenTypeIds = new Uint8Array(inputIds.length);
    let position = 0;
    for (const piece of template) {
      const from = position;
      if ('id' in piece) inputIds[position++] = piece.id;
      else for (let i = 0; i < kept[piece.text]; i++) inputIds[position++] = texts[piece.text][i];
      if (piece.segment > 0 && this.#segments > 1) tokenTypeIds.fill(piece.segment, from, position);
    }
    return { inputIds, tokenTypeIds };
  }
}

function assertKnown({ single, pair }: Template, { path, vocabSize }: TokenizerFile): void {
  for (const piece of [...single, ...pair])
    if ('id' in piece && piece.id >= vocabSize)
      throw new HasheeError(
        'INVALID_TOKENIZER',
        `${path}: "post_processor" adds the token ${piece.id}, the ids of the vocabulary are below ${vocabSize}.`,
        { fields: { path, id: piece.id, vocabSize } },
      );
}

function roomFor(maxLength: number, specials: number): number {
  if (!Number.isInteger(maxLength) || maxLength < Math.max(1, specials))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `maxLength must be a whole number from ${Math.max(1, specials)} up, as there are ${specials} special tokens; got ${maxLength}.`,
      { fields: { maxLength, specials } },
    );
  return maxLength - specials;
}

function describe(value: unknown): string {
  return Array.isArray(value) ? `a list of ${value.length}` : value === null ? 'null' : typeof value;
}
