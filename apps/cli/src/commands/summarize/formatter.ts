import type { SequenceToSequence } from '@hashee/checkpoint';
import type { GeneratedText } from '@hashee/generation';
import type { Paint } from '@hashee/terminal';
import { printable } from '@hashee/terminal';
import type { SourceText } from '../../data/text-source.js';
import { sourceLength } from '../../summarization/source-length.js';
import { explainLines } from '../../terminal/explain-lines.js';

/** The lines of one summary, itself first. */
export type Formatter = (source: SourceText, result: GeneratedText) => string[];

export interface FormatOptions {
  readonly json?: true | undefined;
  readonly explain?: true | undefined;
  readonly maxLength?: number | undefined;
}

/** JSON lines, or the summary alone. */
export function createFormatter(
  { json, explain, maxLength }: FormatOptions,
  model: SequenceToSequence,
  paint: Paint,
): Formatter {
  const { tokenizer, config } = model;
  const exitsOf = ({ input }: SourceText, exitLayers: Uint8Array): { token: string; exitLayer: number }[] => {
    const { inputIds } = tokenizer.encode(input as string, { maxLength: sourceLength({ maxLength }, model) });
    return Array.from(inputIds, (id, place) => ({ token: tokenizer.token(id), exitLayer: exitLayers[place] }));
  };
  return (source, { text, tokenIds, score, truncated, exitLayers }) => {
    const exits = explain && exitLayers ? exitsOf(source, exitLayers) : undefined;
    if (!json) return [printable(text.trim()), ...(exits ? explainLines(exits, config.encoder.layers, paint) : [])];
    const answer = {
      [source.from]: source.number,
      summary: text,
      // The start token isn't counted.
      tokens: tokenIds.length - 1,
      ...(score === undefined ? {} : { score: Math.round(score * 1e6) / 1e6 }),
      truncated,
      ...(exits ? { exits } : {}),
    };
    return [JSON.stringify(answer)];
  };
}
