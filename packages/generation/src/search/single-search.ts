import { type Decoding, Random } from '@hashee/core';
import type { GenerationSettings } from '../options/generation-settings.js';
import { scoreProcessors } from '../scores/score-processors.js';
import { bestToken, drawToken } from './choose-token.js';
import type { SearchEvent } from './hypothesis.js';
import { remainingPlaces } from './remaining-places.js';

interface Row {
  readonly tokens: number[];
  readonly random: Random;
  ended: boolean;
}

interface Source {
  readonly source: number;
  readonly rows: readonly Row[];
}

/**
 * One token after the other, each the best one or drawn by its probability. A source leaves the batch when its outputs have ended.
 * @param indexOf number of a source among all texts of the call: its random numbers depend on it, not on the batch
 */
export async function* singleSearch(
  decoding: Decoding,
  settings: GenerationSettings,
  indexOf: (source: number) => number,
  signal: AbortSignal | undefined,
): AsyncGenerator<SearchEvent, void, undefined> {
  const { decoderStartTokenId, numReturnSequences: width, doSample, seed, endTokenIds, maxLength } = settings;
  const processors = scoreProcessors(settings);
  let live: Source[] = Array.from(decoding.sources, (source) => ({
    source,
    rows: Array.from({ length: width }, (_, sequence) => ({
      tokens: [decoderStartTokenId],
      random: Random.stream(seed, indexOf(source), sequence),
      ended: false,
    })),
  }));
  if (width > 1) decoding.select(live.flatMap((_, place) => new Array<number>(width).fill(place)));

  while (live.length > 0) {
    const rows = live.flatMap((each) => each.rows);
    const last = Int32Array.from(rows, ({ tokens }) => tokens[tokens.length - 1]);
    const scores = await decoding.append(last, { signal });
    const V = scores.length / rows.length;
    for (const [place, { source }] of live.entries())
      for (let sequence = 0; sequence < width; sequence++) {
        const r = place * width + sequence;
        const row = rows[r];
        // An ended output is carried along until the others of its source have ended too.
        if (row.ended) continue;
        const next = scores.subarray(r * V, (r + 1) * V);
        for (const processor of processors) processor(row.tokens, next);
        const token = doSample ? drawToken(next, row.random) : bestToken(next);
        row.tokens.push(token);
        row.ended = endTokenIds.includes(token) || row.tokens.length >= maxLength;
        yield { type: 'token', source, sequence, token, last: row.ended };
      }
    const ended = (place: number): boolean => live[place].rows.every((row) => row.ended);
    for (const [place, { source, rows: outputs }] of live.entries())
      if (ended(place)) yield { type: 'done', source, hypotheses: outputs.map(({ tokens }) => ({ tokens })) };
    const places = remainingPlaces(live.length, ended);
    if (places.length < live.length)
      decoding.select(places.flatMap((place) => Array.from({ length: width }, (_, k) => place * width + k)));
    live = places.map((place) => live[place]);
  }
}
