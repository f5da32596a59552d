import { characterTokens, englishTokens, meanRouge, plainTokens, type RougeTokenizer } from '@hashee/eval';
import type { RougeWords } from './pair-options.js';

const TOKENIZERS: Readonly<Record<RougeWords, RougeTokenizer>> = {
  english: englishTokens,
  words: plainTokens,
  characters: characterTokens,
};

/** Han characters, and all letters. */
const [HAN, LETTERS] = [/\p{Script=Han}/gu, /\p{Letter}/gu];

/** Characters where most letters of the references are Chinese, else English words. */
export function rougeWords(references: readonly string[], asked?: RougeWords | undefined): RougeWords {
  if (asked !== undefined) return asked;
  const text = references.slice(0, 100).join(' ');
  const letters = text.match(LETTERS)?.length ?? 0;
  return 2 * (text.match(HAN)?.length ?? 0) > letters ? 'characters' : 'english';
}

/** Mean F1 of ROUGE-1, ROUGE-2 and ROUGE-L, from 0 to 1. */
export function rougeScores(
  predictions: readonly string[],
  references: readonly string[],
  words: RougeWords,
): { readonly rouge1: number; readonly rouge2: number; readonly rougeL: number } {
  const { rouge1, rouge2, rougeL } = meanRouge(predictions, references, { tokenize: TOKENIZERS[words] });
  return { rouge1: rouge1.f1, rouge2: rouge2.f1, rougeL: rougeL.f1 };
}
