import { defineEncoderConfig, type EncoderConfig, HasheeError } from '@hashee/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CorpusExample, describeTable, frequencyHash, type Target } from '../src/index.js';

const V = 60;
const tokenizer = { vocabSize: V, specialIds: new Set([0, 1]) };
const configOf = (layers: number): EncoderConfig =>
  defineEncoderConfig({ vocabSize: V, hiddenSize: 64, headCount: 4, layers, maxLength: 64 });

/** Sequences that begin and end with a special token; low ids are frequent, as in running text. */
const sequence = fc
  .array(
    fc.double({ min: 0, max: 1, noNaN: true }).map((u) => 2 + Math.floor((V - 2) * Math.min(u, 0.999) ** 3)),
    { minLength: 1, maxLength: 30 },
  )
  .map((ids): CorpusExample => ({ inputIds: [0, ...ids, 1] }));
const corpora = fc.array(sequence, { minLength: 1, maxLength: 30 });
const layerCounts = fc.constantFrom(1, 2, 3, 6, 12);
const kinds = ['counted', 'projected', 'layers'] as const;
type Kind = (typeof kinds)[number];

const speedupOf = (report: Awaited<ReturnType<typeof describeTable>>, by: Kind): number =>
  ({
    counted: report.speedup.counted,
    projected: report.speedup.projected,
    layers: report.speedup.layers,
  })[by];

/** The range that the message of a refusal names. */
async function reachable(train: CorpusExample[], layers: number, by: Kind): Promise<number> {
  try {
    await frequencyHash({ layers, tokenizer, train, config: configOf(layers), target: { speedup: 1e6, by } });
  } catch (error) {
    if (HasheeError.isInstance(error, 'INVALID_ARGUMENT')) return error.fields['fastest'] as number;
    throw error;
  }
  throw new Error('a speed-up of a million was reached');
}

describe('targets', () => {
  it('are met: never slower than asked, and one step later would be', async () => {
    await fc.assert(
      fc.asyncProperty(
        corpora,
        layerCounts,
        fc.constantFrom(...kinds),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (train, layers, by, share) => {
          const config = configOf(layers);
          const fastest = await reachable(train, layers, by);
          const speedup = Math.max(1, 1 + share * (fastest - 1));
          const table = await frequencyHash({ layers, tokenizer, train, config, target: { speedup, by } });
          const report = await describeTable(table, train, config);
          expect(speedupOf(report, by)).toBeGreaterThanOrEqual(speedup * (1 - 1e-12));
          // What the search found from sums agrees with the count sequence by sequence.
          const reached = table.target!;
          expect(reached.layerSpeedup).toBeCloseTo(report.speedup.layers, 9);
          expect(reached.projectedSpeedup).toBeCloseTo(report.speedup.projected, 9);
          expect(reached.countedSpeedup).toBeCloseTo(report.speedup.counted, 9);
          expect(reached.meanExitLayer).toBeCloseTo(report.meanExitLayer.occurrences, 9);
          // Monotone in rank, special ids at L.
          const exits = Array.from(table.ranking!, (id) => table.exitLayer[id]);
          expect(exits).toEqual([...exits].sort((a, b) => a - b));
          expect([table.exitLayer[0], table.exitLayer[1]]).toEqual([layers, layers]);
          const later = await nextLater(train, table.target!.lateness, layers);
          if (later)
            expect(speedupOf(await describeTable({ ...table, exitLayer: later }, train, config), by)).toBeLessThan(
              speedup,
            );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('a mean layer is met in the same way', async () => {
    await fc.assert(
      fc.asyncProperty(
        corpora,
        layerCounts,
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (train, layers, share) => {
          const target = (meanExitLayer: number): Promise<Awaited<ReturnType<typeof frequencyHash>>> =>
            frequencyHash({ layers, tokenizer, train, target: { meanExitLayer } });
          const tokens = train.flatMap(({ inputIds }) => Array.from(inputIds));
          const special = tokens.filter((id) => id < 2).length;
          const least = (tokens.length - special + special * layers) / tokens.length;
          const meanExitLayer = Math.min(layers, least + share * (layers - least));
          const table = await target(meanExitLayer);
          const mean = tokens.reduce((sum, id) => sum + table.exitLayer[id], 0) / tokens.length;
          expect(mean).toBeLessThanOrEqual(meanExitLayer);
          expect(table.target!.meanExitLayer).toBeCloseTo(mean, 12);
          expect(table.target!.projectedSpeedup).toBeUndefined();
        },
      ),
      { numRuns: 60 },
    );
  });

  const train: CorpusExample[] = [{ inputIds: [0, 2, 2, 2, 3, 3, 4, 5, 1] }];

  it('of 1 and of L mean layers is the dense model', async () => {
    const dense = await frequencyHash({ layers: 4, tokenizer, train, target: { speedup: 1, by: 'layers' } });
    expect(new Set(dense.exitLayer)).toEqual(new Set([4]));
    expect(dense.target).toMatchObject({ lateness: 1, layerSpeedup: 1, meanExitLayer: 4, cuts: [0, 0, 0, 4] });
    const other = await frequencyHash({ layers: 4, tokenizer, train, target: { meanExitLayer: 4 } });
    expect(other.exitLayer).toEqual(dense.exitLayer);
  });

  it('keeps what was asked and reached with the table, as plain JSON', async () => {
    const target: Target = { speedup: 1.5 };
    const table = await frequencyHash({ layers: 4, tokenizer, train, target, config: configOf(4) });
    const { types, train: size, target: kept } = JSON.parse(JSON.stringify(table.hash.parameters));
    expect({ types, size }).toEqual({ types: 4, size: { sequences: 1, tokens: 9 } });
    expect(kept).toEqual({ ...table.target, asked: { speedup: 1.5 } });
    expect(kept.countedSpeedup).toBeGreaterThanOrEqual(1.5);
  });

  it('is measured on another corpus where one is given; its unseen types exit at L', async () => {
    const targetCorpus: CorpusExample[] = [{ inputIds: [0, 2, 9, 9, 9, 9, 9, 9, 1] }];
    const options = { layers: 4, tokenizer, train };
    await expect(frequencyHash({ ...options, targetCorpus, target: { meanExitLayer: 3 } })).rejects.toThrow(
      /from 4\.000 .* to 3\.667/,
    );
    const table = await frequencyHash({ ...options, targetCorpus, target: { meanExitLayer: 3.7 } });
    expect(table.target!.meanExitLayer).toBeCloseTo((8 * 4 + 1) / 9, 12);
    expect(table.hash.parameters['targetCorpus']).toEqual({ sequences: 1, tokens: 9 });
  });

  it('out of reach is refused with the range that is possible', async () => {
    const refusal = frequencyHash({ layers: 4, tokenizer, train, target: { speedup: 3, by: 'layers' } });
    // 7 tokens at layer 1, 2 special ones at 4: 36 / 15.
    await expect(refusal).rejects.toSatisfy(
      (error) =>
        HasheeError.isInstance(error, 'INVALID_ARGUMENT') &&
        error.message.includes("speed-up by layers of 3 can't be reached on this corpus with 4 layers") &&
        error.message.includes('from 1.000 (no exits) to 2.400') &&
        error.fields['fastest'] === 2.4,
    );
  });

  it.each([
    [{ speedup: 0.5, by: 'layers' }, 'target.speedup must be a number from 1, got 0.5'],
    [{ speedup: Number.NaN, by: 'layers' }, 'target.speedup must be a number from 1'],
    [{ speedup: Number.POSITIVE_INFINITY, by: 'layers' }, 'target.speedup must be a number from 1'],
    [{ meanExitLayer: 0.5 }, 'target.meanExitLayer must be from 1 to 4, got 0.5'],
    [{ meanExitLayer: 5 }, 'target.meanExitLayer must be from 1 to 4, got 5'],
    [{ speedup: 2 }, "A target by counted needs the model's config; give config, or count by 'layers'"],
    [{ speedup: 2, by: 'projected' }, "A target by projected needs the model's config"],
    [{ speedup: 2, by: 'time' }, 'target.by must be counted, projected or layers, got time'],
    [{}, 'target must be { speedup } or { meanExitLayer }'],
    [{ speedup: 2, meanExitLayer: 2 }, 'target must be { speedup } or { meanExitLayer }'],
    [4, 'target must be { speedup } or { meanExitLayer }'],
  ])('refuses %o', async (target, message) => {
    await expect(frequencyHash({ layers: 4, tokenizer, train, target: target as Target })).rejects.toThrow(message);
  });
});

/** The exit layers of the next later cut than the one found, if there is one. */
async function nextLater(train: CorpusExample[], lateness: number, layers: number): Promise<Uint8Array | undefined> {
  const { cutLayers, cutPoints } = await import('../src/index.js');
  const { ranking, exitLayer } = await frequencyHash({ layers, tokenizer, train });
  const found = cutPoints(ranking!.length, layers, lateness);
  const differs = (at: number): boolean => cutPoints(ranking!.length, layers, at).some((cut, i) => cut !== found[i]);
  if (!differs(1)) return undefined;
  let [same, other] = [lateness, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (same + other) / 2;
    if (differs(middle)) other = middle;
    else same = middle;
  }
  const byRank = cutLayers(cutPoints(ranking!.length, layers, other));
  const result = new Uint8Array(exitLayer.length).fill(layers);
  ranking!.forEach((id, rank) => {
    result[id] = byRank[rank];
  });
  return result;
}
