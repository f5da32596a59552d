import type { Decoding } from '@hashee/core';
import type { GenerationSettings } from '../options/generation-settings.js';
import { scoreProcessors } from '../scores/score-processors.js';
import { Beams } from './beams.js';
import type { SearchEvent } from './hypothesis.js';
import { remainingPlaces } from './remaining-places.js';

/** Beam search for a batch. The first step needs one hypothesis a source; a source leaves the batch when its search is done. */
export async function* beamSearch(
  decoding: Decoding,
  settings: GenerationSettings,
  signal: AbortSignal | undefined,
): AsyncGenerator<SearchEvent, void, undefined> {
  const processors = scoreProcessors(settings);
  let live = Array.from(decoding.sources, (source) => ({ source, beams: new Beams(settings) }));
  while (live.length > 0) {
    const width = decoding.width;
    const growing = live.flatMap(({ beams }) => beams.growing);
    const last = Int32Array.from(growing, ({ tokens }) => tokens[tokens.length - 1]);
    const scores = await decoding.append(last, { signal, scores: 'log-probabilities' });
    const V = scores.length / growing.length;
    for (const [place, { source, beams }] of live.entries()) {
      const rows = beams.growing.map(({ tokens }, k) => {
        const row = scores.subarray((place * width + k) * V, (place * width + k + 1) * V);
        for (const processor of processors) processor(tokens, row);
        return row;
      });
      beams.advance(rows);
      if (beams.done) yield { type: 'done', source, hypotheses: beams.hypotheses };
    }
    const places = remainingPlaces(live.length, (place) => live[place].beams.done);
    decoding.select(places.flatMap((place) => live[place].beams.growing.map(({ parent }) => place * width + parent)));
    live = places.map((place) => live[place]);
  }
}
