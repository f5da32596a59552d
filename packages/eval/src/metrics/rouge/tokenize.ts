import { porterStem } from './porter-stemmer.js';

/** Cuts a text into what ROUGE compares. */
export type RougeTokenizer = (text: string) => string[];

/**
 * English words as the Python package rouge-score cuts them: lower case, runs of a-z and 0-9, those of more than three
 * letters stemmed.
 */
export const englishTokens: RougeTokenizer = (text) =>
  (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).map((word) => (word.length > 3 ? porterStem(word) : word));

/** The same without stemming. */
export const plainTokens: RougeTokenizer = (text) => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];

/**
 * Chinese by characters, as the CPT line of work has it: every character that isn't a blank is a token, punctuation too; runs
 * of Latin letters and digits stay together, in lower case.
 */
export const characterTokens: RougeTokenizer = (text) => text.toLowerCase().match(/[a-z0-9]+|\S/gu) ?? [];
