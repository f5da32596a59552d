import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { characterTokens, englishTokens, meanRouge, plainTokens, porterStem, rouge } from '../src/index.js';

type Triple = readonly [precision: number, recall: number, f1: number];

interface Case {
  readonly prediction: string;
  readonly target: string;
  readonly rouge1: Triple;
  readonly rouge2: Triple;
  readonly rougeL: Triple;
}

/** Made by tooling/golden/eval/rouge.py with rouge-score and NLTK. */
const golden: {
  readonly stems: Record<string, string>;
  readonly stemmed: Case[];
  readonly plain: Case[];
  readonly characters: Case[];
} = JSON.parse(readFileSync(new URL('golden/rouge.json', import.meta.url), 'utf8'));

describe('rouge, as rouge-score', () => {
  const tokenizers = { stemmed: englishTokens, plain: plainTokens, characters: characterTokens };
  it.each(Object.keys(tokenizers) as (keyof typeof tokenizers)[])('%s', (kind) => {
    expect(golden[kind].length).toBeGreaterThan(3);
    for (const { prediction, target, ...expected } of golden[kind]) {
      const scores = rouge(prediction, target, { tokenize: tokenizers[kind] });
      for (const name of ['rouge1', 'rouge2', 'rougeL'] as const) {
        const [precision, recall, f1] = expected[name].map((value) => expect.closeTo(value, 12));
        expect(scores[name], `${prediction} | ${target}`).toEqual({ precision, recall, f1 });
      }
    }
  });

  it('is the mean over answers', () => {
    const scores = meanRouge(['a dog', 'x'], ['a dog', 'y']);
    expect(scores.rouge1).toEqual({ precision: 0.5, recall: 0.5, f1: 0.5 });
    expect(scores.rouge2.f1).toBe(0.5);
    expect(() => meanRouge([], [])).toThrow('at least one');
    expect(() => meanRouge(['a'], [])).toThrow('got 1 and 0');
  });

  it('takes texts, not files', () => {
    const text = 'x '.repeat(40_000);
    expect(() => rouge(text, text, { tokenize: plainTokens })).toThrow('compares single texts');
  });
});

it('stems as NLTK', () => {
  const words = Object.entries(golden.stems);
  expect(words.length).toBeGreaterThan(3000);
  expect(words.filter(([word, stem]) => porterStem(word) !== stem)).toEqual([]);
  // A tokenizer should never hand it, but it ends all the same.
  expect(porterStem('y'.repeat(100_000))).toHaveLength(100_000);
});
