import { HasheeError } from '@hashee/core';
import { spread } from '@hashee/eval';
import { findingsOf } from './findings.js';
import {
  type BitsResult,
  type ExitsResult,
  type HumanResult,
  type PartResults,
  STUDY_PARTS,
  type StudyCell,
  type StudyPart,
} from './result.js';
import type { BitsSummary, ExitsSummary, HumanSummary, SeedSpread, StudySummary } from './summary.js';
import { drawnByContent } from './words.js';

/**
 * Puts the cells of a study together: mean and spread over the seeds.
 * @throws HasheeError `INVALID_ARGUMENT` without cells, or where cells of one part were made with different settings
 */
export function summarizeStudy(cells: readonly StudyCell[]): StudySummary {
  if (cells.length === 0) throw new HasheeError('INVALID_ARGUMENT', 'A summary needs one result at least.');
  const settings = new Set(cells.map((cell) => JSON.stringify(cell.settings)));
  if (settings.size > 1)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `The results were made with ${settings.size} different settings, so they have no mean. Make all of them with the same.`,
      { fields: { settings: settings.size } },
    );
  const resultsOf = <Part extends StudyPart>(part: Part): PartResults[Part][] =>
    cells.filter((cell) => cell.part === part).map(({ result }) => result as PartResults[Part]);
  const seeds = [...new Set(cells.map(({ seed }) => seed))].sort((a, b) => a - b);
  const has = (part: StudyPart, seed: number): boolean =>
    cells.some((cell) => cell.part === part && cell.seed === seed);
  const latest = cells.reduce((last, cell) => (cell.date > last.date ? cell : last));
  const parts = {
    human: summarizeHuman(resultsOf('human')),
    sentence: summarizeBits(resultsOf('sentence')),
    given: summarizeBits(resultsOf('given')),
    token: summarizeBits(resultsOf('token')),
    exits: summarizeExits(resultsOf('exits')),
  };
  return {
    date: latest.date,
    machine: latest.machine,
    seeds,
    settings: latest.settings,
    missing: seeds.flatMap((seed) =>
      STUDY_PARTS.filter((part) => !has(part, seed)).map((part) => `${part}, seed ${seed}`),
    ),
    ...parts,
    findings: findingsOf(parts),
  };
}

function seedSpread(values: readonly number[]): SeedSpread {
  const { mean, standardDeviation, count } = spread(values);
  return { mean, standardDeviation, count };
}

/** Spreads place by place. */
function spreads(rows: readonly (readonly number[])[]): SeedSpread[] {
  return rows[0].map((_, index) => seedSpread(rows.map((row) => row[index])));
}

function summarizeHuman(results: readonly HumanResult[]): HumanSummary | undefined {
  if (results.length === 0) return undefined;
  const [{ train, dev, majority, epochs }] = results;
  return {
    ...{ seeds: results.length, train, dev, majority },
    epochs: epochs.map(({ epoch }, index) => ({
      epoch,
      train: seedSpread(results.map((result) => result.epochs[index].train)),
      dev: seedSpread(results.map((result) => result.epochs[index].dev)),
    })),
  };
}

function summarizeBits(results: readonly BitsResult[]): BitsSummary | undefined {
  if (results.length === 0) return undefined;
  const [first] = results;
  const numbers = (of: (result: BitsResult) => number): SeedSpread => seedSpread(results.map(of));
  const { annotator } = first;
  const average = (of: (result: BitsResult) => number): number => Math.round(numbers(of).mean);
  return {
    seeds: results.length,
    layers: first.layers,
    examples: {
      train: average(({ examples }) => examples.train),
      dev: average(({ examples }) => examples.dev),
      test: average(({ examples }) => examples.test),
    },
    testRows: average(({ test }) => test.rows),
    annotator: annotator && {
      examples: annotator.examples,
      epochs: annotator.epochs,
      accuracy: spreads(results.map((result) => result.annotator?.accuracy ?? [])),
      entityF1: annotator.entityF1 && spreads(results.map((result) => result.annotator?.entityF1 ?? [])),
      outside: annotator.outside === undefined ? undefined : numbers((result) => result.annotator?.outside ?? 0),
    },
    rates: spreads(results.map(({ test }) => test.rates)),
    allRight: numbers(({ test }) => test.allRight),
    allWrong: numbers(({ test }) => test.allWrong),
    neverLost: numbers(({ test }) => test.neverLost),
    predictors: first.predictors.map(({ name, title }) => {
      const own = results.flatMap(({ predictors }) => predictors.filter((each) => each.name === name));
      const over = results.flatMap(({ predictors }) => {
        const [mine, majority] = [name, 'majority'].map((wanted) => predictors.find((each) => each.name === wanted));
        return mine && majority ? [mine.mean - majority.mean] : [];
      });
      const f1 = own.flatMap(({ wrongF1 }) => (wrongF1 === null ? [] : [wrongF1]));
      const dev = own.flatMap((each) => (each.dev === undefined ? [] : [each.dev]));
      const labels = own.flatMap(({ byLabel }) => (byLabel ? [byLabel] : []));
      return {
        ...{ name, title },
        layerAccuracy: spreads(own.map(({ layerAccuracy }) => layerAccuracy)),
        mean: seedSpread(own.map(({ mean }) => mean)),
        dev: dev.length > 0 ? seedSpread(dev) : undefined,
        overMajority: seedSpread(over.length > 0 ? over : [0]),
        wrongF1: f1.length > 0 ? seedSpread(f1) : undefined,
        byLabel:
          labels.length > 0
            ? {
                outside: seedSpread(labels.map(({ outside }) => outside)),
                entity: seedSpread(labels.map(({ entity }) => entity)),
              }
            : undefined,
      };
    }),
  };
}

function summarizeExits(results: readonly ExitsResult[]): ExitsSummary | undefined {
  if (results.length === 0) return undefined;
  const [first] = results;
  return {
    seeds: results.length,
    layers: first.layers,
    dev: Math.round(spread(results.map(({ dev }) => dev)).mean),
    test: Math.round(spread(results.map(({ test }) => test)).mean),
    methods: first.methods.map(({ name, title, kind, points }) => {
      const own = results.flatMap(({ methods }) => methods.filter((each) => each.name === name));
      return {
        ...{ name, title, kind },
        points: points.map(({ target }) => {
          const same = own.flatMap((method) => method.points.filter((point) => point.target === target));
          return {
            target,
            accuracy: seedSpread(same.map(({ accuracy }) => accuracy)),
            meanExit: seedSpread(same.map(({ meanExit }) => meanExit)),
            speedup: seedSpread(same.map(({ speedup }) => speedup)),
            reached: same.filter(({ reached }) => reached).length,
          };
        }),
        curves: own.map(({ curve }) => curve),
      };
    }),
    consistency: first.consistency.map(({ name, title, unit, sameInstance }) => {
      const own = results.flatMap(({ consistency }) => consistency.filter((each) => each.name === name));
      return {
        ...{ name, title, unit },
        sameInstance: (drawnByContent(name) ? [] : sameInstance).map(({ epoch }) => {
          const same = own.flatMap((each) => each.sameInstance.filter((instance) => instance.epoch === epoch));
          const equal = same.flatMap(({ shareAtEqualCost }) =>
            shareAtEqualCost === undefined ? [] : [shareAtEqualCost],
          );
          return {
            epoch,
            share: seedSpread(same.map(({ share }) => share)),
            shareAtEqualCost: equal.length > 0 ? seedSpread(equal) : undefined,
          };
        }),
        sameType: seedSpread(own.map(({ sameType }) => sameType)),
      };
    }),
  };
}
