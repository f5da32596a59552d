import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSequenceToSequence } from '@hashee/checkpoint';
import { expect, test } from 'vitest';
import { type GenerationOptions, resolveSettings, scoreProcessors } from '../src/index.js';
import { GOLDEN } from './golden-model.js';

interface Golden {
  readonly ids: number[];
  readonly cases: { readonly name: string; readonly scores: number[]; readonly expected: (number | null)[] }[];
}

const golden = JSON.parse(readFileSync(join(GOLDEN, 'processors.json'), 'utf8')) as Golden;
const { config } = await loadSequenceToSequence(join(GOLDEN, 'bart'));

const OPTIONS: Readonly<Record<string, GenerationOptions>> = {
  minLength: { minLength: 8 },
  'minLength, long enough': { minLength: 7 },
  'noRepeatNgramSize 1': { noRepeatNgramSize: 1 },
  'noRepeatNgramSize 2': { noRepeatNgramSize: 2 },
  'noRepeatNgramSize 3': { noRepeatNgramSize: 3 },
  repetitionPenalty: { repetitionPenalty: 1.7 },
  forcedEosTokenId: { forcedEosTokenId: 2, maxLength: 8 },
  'forcedEosTokenId, not yet': { forcedEosTokenId: 2, maxLength: 9 },
  temperature: { doSample: true, temperature: 0.7, topK: 0 },
  topK: { doSample: true, topK: 5 },
  topP: { doSample: true, topK: 0, topP: 0.8 },
  'topP, tiny': { doSample: true, topK: 0, topP: 0.01 },
};

test.each(golden.cases)('$name as transformers does it', ({ name, scores, expected }) => {
  const actual = Float32Array.from(scores);
  const processors = scoreProcessors(resolveSettings([OPTIONS[name]], config));
  expect(processors).toHaveLength(1);
  for (const processor of processors) processor(golden.ids, actual);
  for (const [id, score] of expected.entries())
    if (score === null) expect(actual[id]).toBe(Number.NEGATIVE_INFINITY);
    else expect(actual[id]).toBeCloseTo(score, 5);
});

test('without constraints there is nothing to do', () => {
  expect(scoreProcessors(resolveSettings([{}], config))).toHaveLength(0);
});
