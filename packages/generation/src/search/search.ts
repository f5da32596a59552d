import type { Decoding } from '@hashee/core';
import type { GenerationSettings } from '../options/generation-settings.js';
import { beamSearch } from './beam-search.js';
import type { SearchEvent } from './hypothesis.js';
import { singleSearch } from './single-search.js';

export interface SearchOptions {
  /** Number of a source among all texts of a call, which its samples depend on. @default its position in the batch */
  readonly indexOf?: ((source: number) => number) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Searches for the outputs of a batch that was begun, by any runtime.
 * @throws HasheeError `ABORTED`, `RUNTIME`, and what the decoding throws
 */
export function search(
  decoding: Decoding,
  settings: GenerationSettings,
  { indexOf = (source) => source, signal }: SearchOptions = {},
): AsyncGenerator<SearchEvent, void, undefined> {
  return settings.numBeams > 1
    ? beamSearch(decoding, settings, signal)
    : singleSearch(decoding, settings, indexOf, signal);
}
