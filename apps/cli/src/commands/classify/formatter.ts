import type { TextClassification, TokenClassification } from '@hashee/pipeline';
import type { Paint } from '@hashee/terminal';
import { printable } from '@hashee/terminal';
import type { SourceText } from '../../data/text-source.js';
import { explainLines } from '../../terminal/explain-lines.js';

/** The lines of one answer. */
export type Formatter = (source: SourceText, answer: TextClassification | TokenClassification) => string[];

export interface FormatOptions {
  readonly json?: true | undefined;
  readonly explain?: true | undefined;
}

/** JSON lines, or cells between tabs: label, score, text; with entities a line each: number of the text, entity, score, word, first and last character. */
export function createFormatter({ json, explain }: FormatOptions, layers: number, paint: Paint): Formatter {
  if (json) return (source, answer) => [JSON.stringify({ ...describe(source), ...roundScores(answer) })];
  return (source, answer) => {
    const text = textOf(source).map(printable).join('\t');
    const lines =
      'entities' in answer
        ? answer.entities.map(({ entity, score, word, start, end }) =>
            [
              source.number,
              paint('bold', printable(entity)),
              score.toFixed(4),
              printable(word),
              start ?? '',
              end ?? '',
            ].join('\t'),
          )
        : [
            [
              ...(answer.scores ?? [answer]).flatMap(({ label, score }) => [
                paint('bold', printable(label)),
                score.toFixed(4),
              ]),
              text,
            ].join('\t'),
          ];
    if (!explain || !answer.exits) return lines;
    if ('entities' in answer) lines.unshift(`${source.number}\t${text}`);
    return [...lines, ...explainLines(answer.exits, layers, paint)];
  };
}

function textOf({ input }: SourceText): string[] {
  if (typeof input === 'string') return [input];
  const pair = 'text' in input ? [input.text, input.text_pair] : [...input];
  return pair.filter((text) => text !== undefined);
}

function describe(source: SourceText): { line?: number; row?: number; text: string; text_pair?: string } {
  const [text, pair] = textOf(source);
  return {
    ...(source.from === 'argument' ? {} : { [source.from]: source.number }),
    text,
    ...(pair === undefined ? {} : { text_pair: pair }),
  };
}

/** Six decimals: more than float32 knows of a probability. */
function round<Scored extends { readonly score: number }>(part: Scored): Scored {
  return { ...part, score: Math.round(part.score * 1e6) / 1e6 };
}

function roundScores(answer: TextClassification | TokenClassification): TextClassification | TokenClassification {
  if ('entities' in answer) return { ...answer, entities: answer.entities.map(round) };
  return { ...round(answer), ...(answer.scores ? { scores: answer.scores.map(round) } : {}) };
}
