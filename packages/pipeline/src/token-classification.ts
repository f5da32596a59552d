import { type Entity, groupUnits, type TaggedUnit, toEntity } from './entities.js';
import { alignPieces } from './piece-alignment.js';
import { continuesWord, type PieceStyle, pieceText } from './piece-style.js';
import type { CallOptions } from './pipeline-options.js';
import { softmax } from './softmax.js';
import { type TextResult, textResult } from './text-result.js';
import { assertFinite, type DecodeContext } from './text-runner.js';

/** Answer for one text: what was found in it, in order. */
export interface TokenClassification extends TextResult {
  readonly entities: readonly Entity[];
}

/**
 * - `none`: every word piece by itself, with its tag as trained.
 * - `simple`: neighbouring pieces of one entity joined.
 * - `first`: pieces joined to words that take the tag of their first piece, then neighbouring words of one entity joined.
 *   Models that were trained on the first piece of each word need this one.
 */
export type Aggregation = 'none' | 'simple' | 'first';

export interface TokenClassificationOptions extends CallOptions {
  /** @default 'first' */
  readonly aggregation?: Aggregation | undefined;
  /** Tags that are left out. @default ['O'] */
  readonly ignoreLabels?: readonly string[] | undefined;
}

const UNKNOWN = /^(\[UNK\]|<unk>)$/i;

interface Piece extends TaggedUnit {
  readonly continues: boolean;
}

function tagPieces(context: DecodeContext, text: string | undefined, style: PieceStyle): Piece[] {
  const { encoded, logits, head, tokenizer } = context;
  const C = head.labels.length;
  const positions: number[] = [];
  encoded.inputIds.forEach((id, t) => {
    if (!tokenizer.specialIds.has(id) || UNKNOWN.test(tokenizer.token(id))) positions.push(t);
  });
  const tokens = positions.map((t) => tokenizer.token(encoded.inputIds[t]));
  const texts = tokens.map((token) => (UNKNOWN.test(token) ? undefined : pieceText(token, style)));
  const spans = text === undefined ? [] : alignPieces(text, texts);
  return positions.map((t, i) => {
    const scores = softmax(logits.subarray(t * C, (t + 1) * C));
    const best = scores.indexOf(Math.max(...scores));
    const continues = i > 0 && continuesWord(tokens[i], style);
    const previous = spans[i - 1];
    return {
      tag: head.labels[best],
      score: scores[best],
      text: texts[i] ?? tokens[i],
      index: t,
      continues,
      glued: continues || (previous !== undefined && previous.end === spans[i]?.start),
      span: spans[i],
    };
  });
}

function joinWords(pieces: readonly Piece[]): TaggedUnit[] {
  const words: TaggedUnit[] = [];
  for (const piece of pieces) {
    const word = words[words.length - 1];
    if (!piece.continues || !word) words.push(piece);
    else
      words[words.length - 1] = {
        ...word,
        text: word.text + piece.text,
        span: word.span && piece.span ? { start: word.span.start, end: piece.span.end } : undefined,
      };
  }
  return words;
}

export function decodeTokenClassification(
  context: DecodeContext,
  options: TokenClassificationOptions,
  style: PieceStyle,
): TokenClassification {
  assertFinite(context.logits);
  const { aggregation = 'first', ignoreLabels = ['O'] } = options;
  const text = typeof context.text === 'string' ? context.text : undefined;
  const pieces = tagPieces(context, text, style);
  const entities =
    aggregation === 'none'
      ? pieces.map((piece) => toEntity([piece], piece.tag, text))
      : groupUnits(aggregation === 'first' ? joinWords(pieces) : pieces, text);
  return {
    entities: entities.filter(({ entity }) => !ignoreLabels.includes(entity)),
    ...textResult(context.encoded, context.exitLayers, context.tokenizer, options.explain ?? false),
  };
}
