import { HasheeError } from '@hashee/core';
import { assertPaired } from '../paired.js';
import { englishTokens, type RougeTokenizer } from './tokenize.js';

/** How much of one text is in the other. */
export interface RougeScore {
  /** Share of the answer that is in the reference. */
  readonly precision: number;
  /** Share of the reference that is in the answer. */
  readonly recall: number;
  readonly f1: number;
}

/** ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004). */
export interface RougeScores {
  readonly rouge1: RougeScore;
  readonly rouge2: RougeScore;
  /** By the longest common subsequence of the whole texts. */
  readonly rougeL: RougeScore;
}

export interface RougeOptions {
  /** @default `englishTokens`, words with stemming; `characterTokens` for Chinese */
  readonly tokenize?: RougeTokenizer | undefined;
}

/** ROUGE of one answer, as the Python package rouge-score computes it. */
export function rouge(
  prediction: string,
  target: string,
  { tokenize = englishTokens }: RougeOptions = {},
): RougeScores {
  const [answer, reference] = [tokenize(prediction), tokenize(target)];
  return {
    rouge1: ngramScore(answer, reference, 1),
    rouge2: ngramScore(answer, reference, 2),
    rougeL: score(commonLength(answer, reference), answer.length, reference.length),
  };
}

/**
 * Mean ROUGE over many answers: precision, recall and F1 each.
 * @throws HasheeError `INVALID_ARGUMENT`
 */
export function meanRouge(
  predictions: readonly string[],
  targets: readonly string[],
  options: RougeOptions = {},
): RougeScores {
  assertPaired(predictions, targets);
  const scores = predictions.map((prediction, i) => rouge(prediction, targets[i], options));
  const meanOf = (kind: keyof RougeScores): RougeScore => {
    const part = (name: keyof RougeScore): number =>
      scores.reduce((sum, each) => sum + each[kind][name], 0) / scores.length;
    return { precision: part('precision'), recall: part('recall'), f1: part('f1') };
  };
  return { rouge1: meanOf('rouge1'), rouge2: meanOf('rouge2'), rougeL: meanOf('rougeL') };
}

function ngramScore(answer: readonly string[], reference: readonly string[], n: number): RougeScore {
  const left = ngrams(answer, n);
  let common = 0;
  for (const [ngram, count] of ngrams(reference, n)) common += Math.min(count, left.get(ngram) ?? 0);
  return score(common, Math.max(0, answer.length - n + 1), Math.max(0, reference.length - n + 1));
}

function ngrams(tokens: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= tokens.length; i++) {
    // Tokens hold no blanks.
    const ngram = tokens.slice(i, i + n).join(' ');
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

function score(common: number, answered: number, expected: number): RougeScore {
  if (common === 0) return { precision: 0, recall: 0, f1: 0 };
  return { precision: common / answered, recall: common / expected, f1: (2 * common) / (answered + expected) };
}

/** More cells than this in the table of two texts are a mistake: a file given for a text. */
const LARGEST_TABLE = 1e9;

/** Length of the longest common subsequence, one row of the table at a time. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  if (a.length * b.length > LARGEST_TABLE)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `ROUGE-L compares single texts; got ${a.length} and ${b.length} tokens.`,
      {
        fields: { prediction: a.length, target: b.length },
      },
    );
  const ids = new Map<string, number>();
  const idsOf = (tokens: readonly string[]): Int32Array =>
    Int32Array.from(tokens, (token) => {
      const id = ids.get(token) ?? ids.size;
      ids.set(token, id);
      return id;
    });
  const [left, right] = [idsOf(a), idsOf(b)];
  const row = new Int32Array(right.length + 1);
  for (const token of left) {
    let diagonal = 0;
    for (let j = 1; j <= right.length; j++) {
      const above = row[j];
      row[j] = token === right[j - 1] ? diagonal + 1 : Math.max(above, row[j - 1]);
      diagonal = above;
    }
  }
  return row[right.length];
}
