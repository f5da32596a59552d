import type { GenerationSettings } from '../options/generation-settings.js';
import { noTokenLeft } from './choose-token.js';
import type { Hypothesis } from './hypothesis.js';

/** Added to the score of what must not be chosen unless nothing else is left; the score of an output that isn't there. */
const LAST_RESORT = -1e9;

/** A hypothesis that still grows. */
export interface Beam {
  readonly tokens: readonly number[];
  /** Sum of log-probabilities, in single precision. */
  readonly score: number;
  /** Which of the beams before it continues. */
  readonly parent: number;
}

interface Candidate {
  readonly parent: number;
  readonly token: number;
  readonly score: number;
}

/**
 * Beam search for one source: the best growing hypotheses, and the best ended ones. The rules are transformers', float32 rounding
 * included: of twice as many continuations as there are beams, the ended ones among the better half are kept, and the best that
 * haven't ended grow on.
 */
export class Beams {
  readonly #settings: GenerationSettings;
  #growing: readonly Beam[];
  #ended: { readonly tokens: readonly number[]; readonly score: number }[] = [];
  #done = false;

  constructor(settings: GenerationSettings) {
    this.#settings = settings;
    this.#growing = [{ tokens: [settings.decoderStartTokenId], score: 0, parent: 0 }];
  }

  get growing(): readonly Beam[] {
    return this.#growing;
  }

  get done(): boolean {
    return this.#done;
  }

  /** Ended hypotheses, best first. Where fewer have ended than are asked for, the start token alone stands for each, as in transformers. */
  get hypotheses(): readonly Hypothesis[] {
    const { numReturnSequences, decoderStartTokenId } = this.#settings;
    const ended = this.#ended.slice(0, numReturnSequences);
    const missing = Array.from({ length: numReturnSequences - ended.length }, () => ({
      tokens: [decoderStartTokenId],
      score: LAST_RESORT,
    }));
    return [...ended, ...missing];
  }

  /**
   * One token more.
   * @param logProbabilities `[V]` for each growing beam
   */
  advance(logProbabilities: readonly Float32Array[]): void {
    const { numBeams: K, endTokenIds, maxLength, lengthPenalty, earlyStopping } = this.#settings;
    const candidates = this.#candidates(logProbabilities, Math.max(2, 1 + endTokenIds.length) * K);
    const length = this.#growing[0].tokens.length + 1;
    const ends = ({ token }: Candidate): boolean => endTokenIds.includes(token) || length >= maxLength;
    // Lengths don't count the start token.
    const penalty = (length - 1) ** lengthPenalty;
    const grown = candidates
      .map((candidate) => ({ ...candidate, score: Math.fround(candidate.score + (ends(candidate) ? LAST_RESORT : 0)) }))
      .sort((a, b) => compare(a.score, b.score))
      .slice(0, K);
    const previous = this.#growing;
    const tokensOf = ({ parent, token }: Candidate): number[] => [...previous[parent].tokens, token];
    this.#growing = grown.map((candidate) => ({
      tokens: tokensOf(candidate),
      score: candidate.score,
      parent: candidate.parent,
    }));

    const full = this.#ended.length === K && earlyStopping === true;
    if (!full)
      for (const candidate of candidates.slice(0, K))
        if (ends(candidate) && candidate.score !== Number.NEGATIVE_INFINITY)
          this.#ended.push({ tokens: tokensOf(candidate), score: Math.fround(candidate.score / penalty) });
    this.#ended = this.#ended.sort((a, b) => compare(a.score, b.score)).slice(0, K);

    const longest = earlyStopping === 'never' && lengthPenalty > 0 ? maxLength - 1 : length - 1;
    const bestPossible = Math.fround(this.#growing[0].score / longest ** lengthPenalty);
    const toBeat = this.#ended.length < K ? LAST_RESORT : this.#ended[K - 1].score;
    this.#done =
      !(bestPossible > toBeat) || (this.#ended.length === K && earlyStopping === true) || candidates.every(ends);
  }

  /** The best continuations of all beams, best first. */
  #candidates(logProbabilities: readonly Float32Array[], count: number): Candidate[] {
    const tokens = new Int32Array(count);
    const parents = new Int32Array(count);
    const scores = new Float32Array(count).fill(Number.NEGATIVE_INFINITY);
    let filled = 0;
    for (const [parent, row] of logProbabilities.entries()) {
      const before = this.#growing[parent].score;
      for (let token = 0; token < row.length; token++) {
        const score = Math.fround(row[token] + before);
        if (filled === count && !(score > scores[count - 1])) continue;
        let place = filled < count ? filled++ : count - 1;
        for (; place > 0 && score > scores[place - 1]; place--) {
          scores[place] = scores[place - 1];
          tokens[place] = tokens[place - 1];
          parents[place] = parents[place - 1];
        }
        scores[place] = score;
        tokens[place] = token;
        parents[place] = parent;
      }
    }
    if (!(scores[0] > Number.NEGATIVE_INFINITY)) throw noTokenLeft();
    return Array.from(scores, (score, i) => ({ score, token: tokens[i], parent: parents[i] }));
  }
}

/** Descending; infinities are equal to themselves. */
function compare(a: number, b: number): number {
  return a === b ? 0 : b - a;
}
