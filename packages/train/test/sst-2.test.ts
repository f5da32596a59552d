import type { EncodedText, Tokenizer } from '@hashee/core';
import { encodeDataset, evaluator, loadTask } from '@hashee/eval';
import { expect, it } from 'vitest';
import { train } from '../src/index.js';
import { bagOfWordsBackend } from './bag-of-words/backend.js';
import { bagOfWords } from './bag-of-words/model.js';
import { dataDirectory } from './data-directory.js';

/** Words between blanks; id 0 for those that the texts have less than three times. */
function wordTokenizer(texts: Iterable<string>): Tokenizer {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const word of text.toLowerCase().split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1);
  const ids = new Map<string, number>([['[UNK]', 0]]);
  for (const [word, count] of counts) if (count > 2) ids.set(word, ids.size);
  return {
    vocabSize: ids.size,
    specialIds: new Set([0]),
    fingerprint: 'words',
    encode(text): EncodedText {
      const inputIds = Int32Array.from(String(text).toLowerCase().split(' '), (word) => ids.get(word) ?? 0);
      return { inputIds, tokenTypeIds: new Uint8Array(inputIds.length), truncated: false, fullLength: inputIds.length };
    },
    token: (id) => [...ids.keys()][id],
  };
}

it.skipIf(!dataDirectory)('learns SST-2 from its files', { timeout: 120_000 }, async () => {
  const { task, train: training, dev } = await loadTask('sst-2', { directory: dataDirectory });
  const tokenizer = wordTokenizer(training.examples.map(({ text }) => text as string));
  const trainSet = await encodeDataset(training, tokenizer);
  const devSet = await encodeDataset(dev, tokenizer);
  const model = bagOfWords('sequence-classification', training.labels, {
    vocabSize: tokenizer.vocabSize,
    hiddenSize: 4,
  });
  const { best, history } = await train({
    backend: bagOfWordsBackend,
    model,
    trainSet: trainSet.sequences,
    dev: evaluator(devSet, { metrics: task.metrics }),
    epochs: 2,
    batchSize: 64,
    learningRate: 0.05,
  });
  // The greater class has 0.51 of dev.
  expect(best.score).toBeGreaterThan(0.7);
  expect(history).toHaveLength(2);
});
