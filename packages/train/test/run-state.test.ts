import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alteredJson, propertyRuns, readOrRefuse } from '../../../tooling/vitest/parser-cases.js';
import { parseRunState } from '../src/run-state.js';

const record = { step: 10, epoch: 1, score: 0.9, loss: 0.3, metrics: { accuracy: 0.9 } };
const sound = {
  version: 1,
  identity: { recipe: 'a', model: 'b', trainSet: 'c' },
  step: 12,
  history: [record],
  best: record,
  lossSum: 1.5,
  lossCount: 2,
  seconds: 3.25,
  logBytes: 100,
  stopped: 'epochs',
};

test('where a run stands, with some values replaced by anything, is read or refused', async () => {
  expect(parseRunState('run', JSON.stringify(sound))).toEqual(sound);
  await fc.assert(
    fc.asyncProperty(alteredJson(sound), async (altered) => {
      const read = await readOrRefuse(['INVALID_CHECKPOINT'], () => parseRunState('run', JSON.stringify(altered)));
      if (!read) return;
      for (const count of [read.step, read.logBytes, read.lossCount]) expect(count).toBeGreaterThanOrEqual(0);
      if (read.stopped) expect(read.best).toBeDefined();
    }),
    { numRuns: propertyRuns(500) },
  );
});
