import { HasheeError } from '@hashee/core';
import { elueScore, spread, tasks } from '@hashee/eval';
import { asTaskName } from '../grid/grid-schema.js';
import type { CellResult, ChosenPoint, Comparison } from './cell-result.js';
import { clocksOf } from './clocks.js';
import { curveOf } from './curve-of.js';
import { eluePoints, elueReference } from './elue-reference.js';
import { fastEnough } from './fast-enough.js';
import { findingsOf } from './findings.js';
import { hashesOf } from './hashes-of.js';
import { missingText } from './missing.js';
import { overallFindings, overallOf } from './overall.js';
import { seedSpread } from './seed-spread.js';
import type { Summary, SummaryCell, SummaryMethod, SummaryRow, SummaryTask } from './summary.js';

/** Puts the results of single cells together. @throws HasheeError `INVALID_ARGUMENT` without results */
export function summarize({ title, date, grid, planned, cells }: Comparison): Summary {
  if (cells.length === 0)
    throw new HasheeError('INVALID_ARGUMENT', 'There are no results yet: run the grid first.', { fields: { title } });
  const methods = listed(
    unique(cells, ({ method }) => method),
    grid['methods'],
  ).map(({ method, title, family, source, knob }): SummaryMethod => ({ name: method, title, family, source, knob }));
  const targets = [
    ...new Set(
      cells.filter(({ family }) => family !== 'dense').flatMap(({ chosen }) => chosen.map(({ target }) => target)),
    ),
  ];
  targets.sort((a, b) => a - b);
  const finished = new Set(cells.map(({ id }) => id));
  const missing = planned.filter((id) => !finished.has(id));
  const summaries = [...new Set(cells.map(({ task }) => task))].map((task) =>
    summarizeTask(
      cells.filter((cell) => cell.task === task),
      methods,
      targets,
    ),
  );
  const overall = overallOf(summaries, methods, targets);
  return {
    ...{ title, date, methods, targets },
    layers: cells[0].layers,
    machine: cells[cells.length - 1].machine,
    seeds: [...new Set(cells.map(({ seed }) => seed))].sort((a, b) => a - b),
    planned: planned.length,
    finished: cells.length,
    missing,
    missingText: missingText(planned, missing),
    recipe: (grid['recipe'] ?? {}) as Record<string, unknown>,
    epochsChosen: cells.some(({ stages }) => stages.some(({ best }) => best !== undefined)),
    tasks: summaries,
    overall,
    findings: overallFindings(overall, summaries, methods),
  };
}

function summarizeTask(
  cells: readonly CellResult[],
  all: readonly SummaryMethod[],
  targets: readonly number[],
): SummaryTask {
  const [first] = cells;
  const description = tasks[asTaskName(first.task)];
  const methods = all.filter(({ name }) => cells.some(({ method }) => method === name));
  const of = (name: string): CellResult[] => cells.filter(({ method }) => method === name);
  const reference = elueReference([...of('dense'), ...of('first-layers')], first.layers);
  const rows = methods.map(({ name }): SummaryRow => {
    const own = of(name);
    const points = eluePoints(own);
    const slowest = own
      .filter(({ knob, family }) => knob !== undefined || family === 'dense')
      .map(({ curve }) => curve[0]);
    return {
      method: name,
      cells: targets.map((target) => cellAt(own, target)),
      ...(slowest.length > 0 ? { slowest: seedSpread(slowest, first.data.dev) } : {}),
      ...(!reference.reason && points.length > 0 && own[0].family !== 'dense'
        ? { elue: elueScore(points, reference.points) }
        : {}),
    };
  });
  const task = {
    name: first.task,
    title: description?.title ?? first.task,
    metrics: Object.keys(first.curve[0].metrics),
    train: first.data.train,
    dev: first.data.dev,
    singleSequences: [...new Set(cells.flatMap(({ chosen }) => chosen.map(({ single }) => single.sequences)))].sort(
      (a, b) => a - b,
    ),
    rows,
    elueReason: reference.reason,
    curves: methods.map(({ name }) => curveOf(name, of(name))),
    clocks: clocksOf(cells),
    // Nothing leaves the dense model early.
    words: methods
      .filter(({ family }) => family !== 'dense')
      .flatMap(({ name }) => {
        const sentences = of(name).find((cell) => cell.sentences)?.seed;
        const found = of(name)
          .filter(({ seed }) => seed === sentences)
          .flatMap((cell) => cell.sentences ?? []);
        return found.length > 0 ? [{ method: name, sentences: found }] : [];
      }),
    hashes: methods.filter(({ family }) => family === 'hash').flatMap(({ name }) => hashesOf(of(name), targets)),
  };
  return { ...task, findings: findingsOf(task, methods, targets) };
}

function cellAt(cells: readonly CellResult[], target: number): SummaryCell {
  const found = cells.flatMap(({ seed, curve, chosen }) =>
    chosen.filter((each) => each.target === target).map((each) => ({ seed, least: leastOf(curve, each), ...each })),
  );
  const reached = found.filter((each) => each.reached);
  const tooSlow = found.filter((each) => !each.reached).map(({ seed }) => seed);
  const mean = (values: readonly number[]): number => spread(values).mean;
  if (reached.length === 0)
    return { target, tooSlow, ...(found.length > 0 ? { fastest: mean(found.map(({ speedup }) => speedup)) } : {}) };
  return {
    ...{ target, tooSlow },
    score: seedSpread(reached, cells[0].data.dev),
    speedup: mean(reached.map(({ speedup }) => speedup)),
    leastSpeedup: mean(reached.map(({ least }) => least)),
    singleSpeedup: mean(reached.map(({ single }) => single.speedup)),
  };
}

/** Speed-up of the slowest setting that is fast enough. */
function leastOf(curve: CellResult['curve'], { target, speedup }: ChosenPoint): number {
  return Math.min(speedup, ...curve.map((point) => point.speedup).filter((each) => each >= fastEnough(target)));
}

function unique<T>(values: readonly T[], keyOf: (value: T) => string): T[] {
  return [...new Map([...values].reverse().map((value) => [keyOf(value), value])).values()].reverse();
}

/** In the order in which the grid names their methods; those it doesn't name come last. */
function listed(cells: readonly CellResult[], methods: unknown): CellResult[] {
  const names = Array.isArray(methods) ? methods.map((method) => (method as { name?: unknown } | null)?.name) : [];
  const placeOf = ({ method }: CellResult): number => (names.includes(method) ? names.indexOf(method) : names.length);
  return [...cells].sort((a, b) => placeOf(a) - placeOf(b));
}
