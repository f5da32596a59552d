import { HasheeError } from '@hashee/core';
import { describe, expect, it } from 'vitest';
import { type CorpusExample, mutualInformationHash } from '../src/index.js';
import { JointCounts } from '../src/joint-counts.js';
import { dev, train, Words, words } from './words.js';

const special = (vocabulary: Words): Uint8Array =>
  Uint8Array.from({ length: vocabulary.vocabSize }, (_, id) => (vocabulary.specialIds.has(id) ? 1 : 0));

function informationOf(corpus: readonly CorpusExample[], vocabulary: Words = words): Record<string, number> {
  const joint = new JointCounts(special(vocabulary), { kind: 'classes' });
  corpus.forEach((example, sequence) => {
    joint.add(example, sequence);
  });
  return Object.fromEntries(Array.from(joint.mutualInformation(), (value, id) => [vocabulary.token(id), value]));
}

/** As the authors' code computes it, to show where it differs: two labels, the first occurrence of a type not counted. */
function authorsInformation(corpus: readonly CorpusExample[]): Map<string, number> {
  const joint = new Map<string, { count: number; byLabel: [number, number] }>();
  const instances: [number, number] = [0, 0];
  let tokens = 0;
  for (const { inputIds, label } of corpus) {
    instances[label as 0 | 1]++;
    for (const id of Array.from(inputIds).filter((id) => !words.specialIds.has(id))) {
      tokens++;
      const entry = joint.get(words.token(id));
      if (!entry) joint.set(words.token(id), { count: 1, byLabel: [0, 0] });
      else {
        entry.count++;
        entry.byLabel[label as 0 | 1]++;
      }
    }
  }
  const all = instances[0] + instances[1];
  return new Map(
    [...joint].map(([word, { count, byLabel }]) => {
      const terms = byLabel.map((together, label) => {
        const p = together / tokens;
        return p * Math.log(p / ((count / tokens) * (instances[label] / all)) + 1e-6);
      });
      return [word, terms[0] + terms[1]];
    }),
  );
}

describe('mutual information', () => {
  it('has the values of the worked example', () => {
    const information = informationOf(train);
    const expected = { bad: 0.207944, good: 0.138629, fun: 0.069315, plot: 0.069315, movie: 0.01699 };
    for (const [word, value] of Object.entries(expected)) expect(information[word]).toBeCloseTo(value, 6);
    expect(information['twist']).toBe(0);
    expect(information['[CLS]']).toBe(0);
  });

  it("differs from the authors' code, whose numbers are these", () => {
    const information = authorsInformation(train);
    const expected = { bad: 0.057537, good: 1e-7, fun: 0, plot: 0, movie: -0.081093 };
    for (const [word, value] of Object.entries(expected)) expect(information.get(word)).toBeCloseTo(value, 6);
    const corrected = informationOf(train);
    for (const [word, value] of information) expect(Math.abs(corrected[word] - value)).toBeGreaterThan(0.06);
  });

  it('is p(w) times the divergence of p(y | w) from p(y), for three classes', () => {
    const vocabulary = new Words(['a', 'b', 'c']);
    const corpus = ['a a b c', 'a b b', 'c c b a'].map((text, label) => vocabulary.example(text, label));
    const information = informationOf(corpus, vocabulary);
    const counts: Record<string, number[]> = { a: [2, 1, 1], b: [1, 2, 1], c: [1, 0, 2] };
    const marginal = [4 / 11, 3 / 11, 4 / 11];
    for (const [word, byLabel] of Object.entries(counts)) {
      const total = byLabel.reduce((sum, count) => sum + count, 0);
      const divergence = byLabel.reduce(
        (sum, count, y) => sum + (count === 0 ? 0 : (count / total) * Math.log(count / total / marginal[y])),
        0,
      );
      expect(information[word]).toBeCloseTo((total / 11) * divergence, 12);
    }
  });
});

describe('mutualInformationHash', () => {
  it('ranks the most informative types first: bad, good, fun, plot, movie', async () => {
    const table = await mutualInformationHash({ layers: 3, buckets: 3, tokenizer: words, train });
    expect([...table.ranking!].map((id) => words.token(id))).toEqual(['bad', 'good', 'fun', 'plot', 'movie']);
    const exits = ['bad', 'good', 'fun', 'plot', 'movie', 'twist', '[CLS]'].map(
      (token) => table.exitLayer[words.id(token)],
    );
    expect(exits).toEqual([1, 2, 3, 3, 3, 3, 3]);
    expect(table.hash).toEqual({
      name: 'mutual-information',
      parameters: {
        types: 5,
        train: { sequences: 4, tokens: 18 },
        labels: { kind: 'classes', classes: [0, 1] },
        buckets: 3,
      },
    });
  });

  it('bins scores by rounding them', async () => {
    const scores = [4.6, 5, 0.2, 0];
    const scored = train.map((example, index) => ({ ...example, label: scores[index] }));
    const table = await mutualInformationHash({
      layers: 3,
      tokenizer: words,
      train: scored,
      labels: { kind: 'regression' },
    });
    expect(table.hash.parameters['labels']).toEqual({ kind: 'regression', classes: [0, 5] });
    expect([...table.ranking!].map((id) => words.token(id))).toEqual(['bad', 'good', 'fun', 'plot', 'movie']);
    const wide = await mutualInformationHash({
      layers: 3,
      tokenizer: words,
      train: scored.map((example) => ({ ...example, label: example.label - 2.5 })),
      labels: { kind: 'regression', binWidth: 2.5 },
    });
    expect(wide.hash.parameters['labels']).toEqual({ kind: 'regression', binWidth: 2.5, classes: [-1, 1] });
    expect(wide.exitLayer).toEqual(table.exitLayer);
  });

  it('takes a label for each token, and skips tokens without one', async () => {
    const tagged = [
      { inputIds: words.example('good movie bad').inputIds, label: [-100, 0, 1, 2, -100] },
      { inputIds: words.example('good plot').inputIds, label: [-1, 0, -1, -1] },
    ];
    const table = await mutualInformationHash({ layers: 3, tokenizer: words, train: tagged });
    expect([...table.ranking!].map((id) => words.token(id))).toEqual(['good', 'movie', 'bad']);
    expect(table.exitLayer[words.id('plot')]).toBe(3);
  });

  it.each([
    ['a missing label', [words.example('good')], 'sequence 0 has label undefined'],
    [
      'a score where classes are expected',
      [words.example('good', 0), words.example('bad', 2.5)],
      "{ kind: 'regression' }",
    ],
    ['a negative class', [words.example('good', -1)], 'expected a class from 0'],
    ['too few token labels', [{ inputIds: [1, 3, 2], label: [0] }], 'sequence 0 has 1 labels for 3 tokens'],
  ])('refuses %s', async (_, corpus, message) => {
    await expect(mutualInformationHash({ layers: 3, tokenizer: words, train: corpus })).rejects.toSatisfy(
      (error) => HasheeError.isInstance(error, 'INVALID_DATA') && error.message.includes(message),
    );
  });

  it('refuses labels and bins that are none', async () => {
    const options = { layers: 3, tokenizer: words, train: dev };
    await expect(mutualInformationHash({ ...options, labels: { kind: 'regression', binWidth: 0 } })).rejects.toThrow(
      'labels.binWidth must be above 0, got 0',
    );
    await expect(
      mutualInformationHash({
        ...options,
        labels: { kind: 'regression' },
        train: [{ inputIds: [3], label: Number.NaN }],
      }),
    ).rejects.toThrow('has label NaN, expected a number');
  });
});
