import { defineEncoderConfig } from '@hashee/core';
import { describe, expect, it } from 'vitest';
import {
  type CorpusExample,
  describeTable,
  frequencyHash,
  mutualInformationHash,
  randomConsistentHash,
} from '../src/index.js';
import { bert, hasData, readExamples } from './data.js';

/** The sizes of all-MiniLM-L6. */
const config = defineEncoderConfig({ vocabSize: 30_522, hiddenSize: 384, headCount: 12, layers: 6 });
const bertBase = defineEncoderConfig({ vocabSize: 30_522, hiddenSize: 768, headCount: 12, layers: 12 });
const base = { layers: 6, tokenizer: bert };
const cache = new Map<string, CorpusExample[]>();

function examples(task: string, split: 'train' | 'dev'): CorpusExample[] {
  const key = `${task}/${split}`;
  let list = cache.get(key);
  if (!list) {
    list = readExamples(task, split);
    cache.set(key, list);
  }
  return list;
}

// Expected numbers are from a separate count in Python with the tokenizer of transformers.
describe.skipIf(!hasData)('on SST-2', () => {
  it('the frequency hash with 6 layers and 6 buckets has the counted histogram and cost', async () => {
    const [train, dev] = [examples('sst-2', 'train'), examples('sst-2', 'dev')];
    const table = await frequencyHash({ ...base, buckets: 6, train, dev });
    expect(table.hash.parameters).toEqual({
      types: 12_848,
      train: { sequences: 8538, tokens: 211_770 },
      dev: { sequences: 1101, tokens: 27_473 },
      buckets: 6,
    });
    const report = await describeTable(table, dev, config, { tokenizer: bert });
    expect(report.histogram.occurrences).toEqual([21_125, 2059, 938, 509, 222, 2620]);
    expect(report.macs).toEqual({ dense: 295_396_747_776, projected: 118_833_722_112, best: 88_570_844_928 });
    expect(report.speedup.layers).toBeCloseTo(3.5129, 4);
    expect(report.speedup.projected).toBeCloseTo(2.4858, 4);
    expect(report.speedup.counted).toBeCloseTo(3.3351, 4);
    expect(report.unseen).toEqual({ occurrences: 0, share: 0 });
  });

  it('counted on train alone, unseen types of dev cost speed', async () => {
    const [train, dev] = [examples('sst-2', 'train'), examples('sst-2', 'dev')];
    const report = await describeTable(await frequencyHash({ ...base, train }), dev, config, { tokenizer: bert });
    expect(report.unseen!.share).toBeGreaterThan(0.01);
    expect(report.unseen!.share).toBeLessThan(0.05);
    expect(report.speedup.layers).toBeCloseTo(3.36, 1);
  });

  it('the mutual-information hash ranks the words that tell most', async () => {
    const table = await mutualInformationHash({ ...base, train: examples('sst-2', 'train') });
    const first = [...table.ranking!.subarray(0, 10)].map((id) => bert.token!(id));
    expect(first).toEqual(['too', 'and', 'bad', '?', 'n', 't', 'heart', '##less', 'best', 'wonderful']);
    expect(table.ranking!.length).toBe(12_396);
  });

  it.each([
    [{ speedup: 2 }, 0.01],
    [{ speedup: 3 }, 0.01],
    [{ speedup: 4 }, 0.01],
    [{ speedup: 2, by: 'projected' }, 0.01],
    [{ speedup: 4, by: 'layers' }, 0.01],
  ] as const)('a target of %o is met closely', async (target, tolerance) => {
    const [train, dev] = [examples('sst-2', 'train'), examples('sst-2', 'dev')];
    const { target: reached } = await frequencyHash({ ...base, train, dev, config, target });
    const by = 'by' in target ? target.by : 'counted';
    const speedup = {
      counted: reached!.countedSpeedup!,
      projected: reached!.projectedSpeedup!,
      layers: reached!.layerSpeedup,
    }[by];
    expect(speedup).toBeGreaterThanOrEqual(target.speedup);
    expect(speedup).toBeLessThan(target.speedup + tolerance);
  });

  it('a target for 12 layers of BERT-base is met, and says what is out of reach', async () => {
    const train = examples('sst-2', 'train');
    const options = { layers: 12, tokenizer: bert, train, config: bertBase };
    const { target } = await frequencyHash({ ...options, target: { speedup: 4 } });
    expect(target!.countedSpeedup!).toBeGreaterThanOrEqual(4);
    expect(target!.countedSpeedup!).toBeLessThan(4.01);
    await expect(frequencyHash({ ...options, target: { speedup: 20 } })).rejects.toThrow(
      /from 1\.000 .* to [67]\.\d{3}/,
    );
    await expect(frequencyHash({ ...options, target: { speedup: 4, by: 'projected' } })).rejects.toThrow(/to 3\.\d{3}/);
  });

  it('a random order meets the same target', async () => {
    const train = examples('sst-2', 'train');
    const table = await randomConsistentHash({ ...base, config, seed: 1, target: { speedup: 3 }, targetCorpus: train });
    const report = await describeTable(table, train, config);
    expect(report.speedup.counted).toBeGreaterThanOrEqual(3);
    expect(report.speedup.counted).toBeLessThan(3.05);
  });
});

describe.skipIf(!hasData)('on STS-B', () => {
  it('the mutual-information hash bins the scores 0 to 5 into six', async () => {
    const table = await mutualInformationHash({
      ...base,
      train: examples('sts-b', 'train'),
      labels: { kind: 'regression' },
    });
    expect(table.hash.parameters['labels']).toEqual({ kind: 'regression', classes: [0, 1, 2, 3, 4, 5] });
    expect(table.exitLayer.every((layer) => layer >= 1 && layer <= 6)).toBe(true);
  });
});
