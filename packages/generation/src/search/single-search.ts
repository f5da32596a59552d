import { type Decoding, Random } from '@hashee/core';
import type { GenerationSettings } from '../options/generation-settings.js';
import { scoreProcessors } from '../scores/score-processors.js';
import { bestToken, drawToken } from './choose-token.js';
import type { SearchEvent } from './hypothesis.js';
import { remainingPlaces } from './remaining-places.js';

interface Row {
  /** Which of the samples of its source. */
  readonly sequence: number;
  readonly tokens: number[];
  readonly random: Random;
  ended: boolean;
}

interface Source {
  readonly source: number;
  readonly outputs: readonly Row[];
  /** Those in the batch, as many as of every other source. */
  readonly rows: readonly Row[];
}

/**
 * One token after the other, each the best one or drawn by its probability. A source leaves the batch when its outputs have ended. Of
 * several samples the ended ones leave too, as far as all sources keep equally many rows.
 * @param indexOf number of a source among all texts of the call: its random numbers depend on it, not on the batch
 */
export async function* singleSearch(
  decoding: Decoding,
  settings: GenerationSettings,
  indexOf: (source: number) => number,
  signal: AbortSignal | undefined,
): AsyncGenerator<SearchEvent, void, undefined> {
  const { decoderStartTokenId, numReturnSequences, doSample, seed, endTokenIds, maxLength } = settings;
  const processors = scoreProcessors(settings);
  let width = numReturnSequences;
  let live: Source[] = Array.from(decoding.sources, (source) => {
    const outputs = Array.from({ length: width }, (_, sequence) => ({
      sequence,
      tokens: [decoderStartTokenId],
      random: Random.stream(seed, indexOf(source), sequence),
      ended: false,
    }));
    return { source, outputs, rows: outputs };
  });
  if (width > 1) decoding.select(live.flatMap((_, place) => new Array<number>(width).fill(place)));

  while (live.length > 0) {
    const rows = live.flatMap((each) => each.rows);
    const last = Int32Array.from(rows, ({ tokens }) => tokens[tokens.length - 1]);
    const scores = await decoding.append(last, { signal });
    const V = scores.length / rows.length;
    for (const [r, row] of rows.entries()) {
      if (row.ended) continue;
      const next = scores.subarray(r * V, (r + 1) * V);
      for (const processor of processors) processor(row.tokens, next);
      const token = doSample ? drawToken(next, row.random) : bestToken(next);
      row.tokens.push(token);
      row.ended = endTokenIds.includes(token) || row.tokens.length >= maxLength;
      const { source } = live[Math.floor(r / width)];
      yield { type: 'token', source, sequence: row.sequence, token, last: row.ended };
    }
    const growing = live.map((each) => each.rows.filter(({ ended }) => !ended).length);
    for (const [place, { source, outputs }] of live.entries())
      if (growing[place] === 0) yield { type: 'done', source, hypotheses: outputs.map(({ tokens }) => ({ tokens })) };
    const places = remainingPlaces(live.length, (place) => growing[place] === 0);
    const widest = Math.max(0, ...growing);
    if (places.length === live.length && widest === width) continue;
    const kept = places.map((place) => growingFirst(live[place].rows).slice(0, widest));
    decoding.select(kept.flatMap((chosen, i) => chosen.map((row) => places[i] * width + row)));
    live = places.map((place, i) => ({ ...live[place], rows: kept[i].map((row) => live[place].rows[row]) }));
    width = widest;
  }
}

/** Places of rows: those that grow, then the ended ones that fill a source up. */
function growingFirst(rows: readonly Row[]): number[] {
  const places = Array.from(rows.keys());
  return [...places.filter((place) => !rows[place].ended), ...places.filter((place) => rows[place].ended)];
}
