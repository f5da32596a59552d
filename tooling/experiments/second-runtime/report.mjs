// From losses, models and times of both runtimes to the results file and page of the second-runtime experiment.

import { standing } from './compare-seeds.mjs';

export const SCHEMA_VERSION = 2;
/** Losses of both runtimes may differ by this much. */
export const TOLERANCE = 1e-3;
/** How many times faster than its dense model a model with exits is to be. */
export const AIM = 2;

/**
 * @typedef {object} Curve
 * @property {string} engine `onnx`, or an engine of TensorFlow.js
 * @property {number[]} losses of each update
 */

/**
 * @typedef {object} Run
 * @property {number} seed
 * @property {number} accuracy on dev, judged with ONNX Runtime
 * @property {number[]} history accuracy after each epoch
 */

/**
 * @typedef {import('./compare-seeds.mjs').Spread & { runs: Run[] }} Group
 */

/**
 * @typedef {object} FineTuning
 * @property {string} command
 * @property {string} engine
 * @property {Group} tfjs
 * @property {Group} onnx
 * @property {{ permutation: { deals: number, pValue: number }, welch?: { t: number, freedom: number, pValue: number } }} tests
 */

/**
 * @typedef {object} Taught one run of a longer recipe, made before
 * @property {string} command
 * @property {string} engine
 * @property {(Run & { seconds: number })[]} runs
 * @property {{ mean: number, deviation: number, runs: Run[] }} onnx
 */

/**
 * @typedef {object} Speed
 * @property {string} engine
 * @property {string} command
 * @property {number} batchSize
 * @property {number} threads
 * @property {number} dense sequences a second
 * @property {number} exits sequences a second
 * @property {{ median: number, low?: number, high?: number, pairs?: number }} speedup without an interval where there are too few pairs for one
 * @property {number} countedSpeedup
 * @property {number} load of the machine when it began
 */

/**
 * @typedef {object} Results
 * @property {number} schemaVersion
 * @property {string} experiment
 * @property {string} command
 * @property {string} date
 * @property {{ processor: string, cores: number, node: string }} machine
 * @property {Record<string, string>} versions
 * @property {{ command: string, examples: number, curves: Curve[] }} [curve]
 * @property {FineTuning} [fineTuning]
 * @property {Taught} [taught]
 * @property {Speed[]} [speed]
 */

/**
 * Losses of every update in a run's log.
 * @param {string} log lines of JSON
 */
export function lossesOf(log) {
  return log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === 'step')
    .map(({ loss }) => /** @type {number} */ (loss));
}

/**
 * Largest distance of two curves and the update (from 1) where it is.
 * @param {readonly number[]} a
 * @param {readonly number[]} b
 */
export function largestDifference(a, b) {
  if (a.length !== b.length || a.length === 0)
    throw new RangeError(`curves of ${a.length} and ${b.length} updates can't be compared`);
  const apart = a.map((value, i) => Math.abs(value - b[i]));
  const difference = Math.max(...apart);
  if (!Number.isFinite(difference)) throw new RangeError('a loss is not a number');
  return { difference, update: apart.indexOf(difference) + 1 };
}

/**
 * A row of `hashee bench --output`.
 * @param {any} bench
 * @param {string} engine
 * @param {string} command
 * @returns {Speed}
 */
export function speedOf({ cells: [cell], machine }, engine, command) {
  const { median, low, high, pairs } = cell.speedup;
  return {
    engine,
    command,
    batchSize: cell.batchSize,
    threads: cell.threads,
    dense: cell.dense.sequencesPerSecond,
    exits: cell.exits.sequencesPerSecond,
    speedup: { median, low, high, pairs },
    countedSpeedup: cell.counted.macs,
    load: machine.load,
  };
}

const percent = (/** @type {number} */ value) => (100 * value).toFixed(2);
const runtimeName = (/** @type {string} */ engine) =>
  engine === 'onnx' ? 'ONNX Runtime' : `TensorFlow.js, ${engine} engine`;

/** @param {NonNullable<Results['curve']>} curve */
function curveSection({ command, examples, curves }) {
  const [reference, ...others] = curves;
  const rows = others.map(({ engine, losses }) => {
    const { difference, update } = largestDifference(losses, reference.losses);
    const verdict = difference <= TOLERANCE ? 'yes' : 'no';
    return `| ${runtimeName(engine)} | ${losses.length} | ${difference.toExponential(1)} | ${update} | ${verdict} |`;
  });
  const updates = reference.losses.map((_, i) => i).filter((i) => i === 0 || i % 5 === 4);
  const values = updates.map((i) => `| ${i + 1} | ${curves.map(({ losses }) => losses[i].toFixed(6)).join(' | ')} |`);
  return `## The same loss curve

\`${command}\` on the first ${examples.toLocaleString('en')} training sentences of SST-2, once with each runtime: the 6-layer encoder with exits,
dropout off. Distances are to the losses of ONNX Runtime.

| runtime | updates | largest difference | at update | at most ${TOLERANCE} |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

| update | ${curves.map(({ engine }) => runtimeName(engine)).join(' | ')} |
| --- | ${curves.map(() => '---').join(' | ')} |
${values.join('\n')}

All losses are in \`second-runtime.json\`.
`;
}

const spread = (/** @type {{ mean: number, deviation: number }} */ { mean, deviation }) =>
  `${percent(mean)} ± ${percent(deviation)}`;
const runRow = (/** @type {string} */ engine, /** @type {Run} */ run) =>
  `| ${runtimeName(engine)} | ${run.seed} | ${percent(run.accuracy)} | ${run.history.map(percent).join(', ')} |`;

/** @param {FineTuning} fineTuning */
function fineTuningSection({ command, engine, tfjs, onnx, tests: { permutation, welch } }) {
  const verdicts = tfjs.runs.map(({ seed, accuracy }) => {
    const { withinDeviation, withinRange } = standing(accuracy, onnx);
    const say = (/** @type {boolean} */ within) => (within ? 'within' : 'outside');
    return `- seed ${seed}: ${percent(accuracy)}, ${say(withinRange)} the range, ${say(withinDeviation)} mean ± deviation`;
  });
  const difference = 100 * (tfjs.mean - onnx.mean);
  const p = welch
    ? `Welch's test: t = ${welch.t.toFixed(2)} with ${welch.freedom.toFixed(1)} degrees of freedom, p = ${welch.pValue.toFixed(2)}. `
    : '';
  const least = Math.min(permutation.pValue, welch?.pValue ?? 1);
  const apart = `${Math.abs(difference).toFixed(2)} points apart (TensorFlow.js ${difference < 0 ? 'below' : 'above'})`;
  const reading = welch
    ? `The means are ${apart}. ${p}Exact permutation test over all ${permutation.deals} ways to deal
the runs to the runtimes: p = ${permutation.pValue.toFixed(2)}. ${least < 0.05 ? 'That is more than seeds explain.' : 'They are not told apart, which so few runs could do only for a large difference.'}

Runs of TensorFlow.js in the spread of the seeds of ONNX Runtime:

${verdicts.join('\n')}`
    : `They are ${apart}. One run has no spread, so whether that lies within it can't be said yet.`;
  return `## A full fine-tuning

\`${command}\`, and the same with ONNX Runtime: the recipe "HashEE, labels only" of [first-light](first-light.md), from the pretrained
encoder, on all training sentences. Models judged on dev with ONNX Runtime; mean ± sample standard deviation over seeds:

| trained with | seeds | dev accuracy | range |
| --- | --- | --- | --- |
${[
  [engine, tfjs],
  ['onnx', onnx],
]
  .map(([name, group]) => {
    const { runs, low, high, ...rest } = /** @type {Group} */ (group);
    const from = `${percent(low)} to ${percent(high)}`;
    const found = runs.length > 1 ? spread(rest) : percent(rest.mean);
    return `| ${runtimeName(/** @type {string} */ (name))} | ${runs.length} | ${found} | ${from} |`;
  })
  .join('\n')}

${reading}

| trained with | seed | dev accuracy | after each epoch |
| --- | --- | --- | --- |
${[...tfjs.runs.map((run) => runRow(engine, run)), ...onnx.runs.map((run) => runRow('onnx', run))].join('\n')}

The runtimes draw dropout differently, so the same seed is another draw.
`;
}

/** @param {Taught} taught */
function taughtSection({ engine, runs, onnx }) {
  return `## The longer recipe

Made before, on an Intel Xeon (2026-11-22): "HashEE, dense model moved to exits, taught by dense" of [first-light](first-light.md). With ONNX Runtime ${spread(onnx)}.

| trained with | seed | dev accuracy | after each epoch |
| --- | --- | --- | --- |
${[...runs.map((run) => runRow(engine, run)), ...onnx.runs.map((run) => runRow('onnx', run))].join('\n')}
`;
}

/** @param {readonly Speed[]} speed */
function speedSection(speed) {
  const rows = speed.map(
    ({ engine, batchSize, threads, dense, exits, speedup: { median, low, high }, countedSpeedup }) =>
      `| ${runtimeName(engine)} | ${threads} | ${batchSize} | ${dense.toFixed(0)} | ${exits.toFixed(0)} | ${median.toFixed(2)}${low === undefined || high === undefined ? '' : ` (${low.toFixed(2)} to ${high.toFixed(2)})`} | ${countedSpeedup.toFixed(2)} |`,
  );
  const commands = [...new Set(speed.map(({ command }) => `\`${command}\``))];
  const behind = speed.filter(({ engine, speedup }) => engine !== 'onnx' && speedup.median < AIM);
  const reading =
    behind.length === 0
      ? `With exits the model is at least ${AIM} times as fast as the same weights without on every engine measured.`
      : `Below the ${AIM} times aimed at: ${behind.map(({ engine }) => runtimeName(engine)).join(', ')}.`;
  return `## Speed

The default model, batches of SST-2 dev; dense and with exits in turns, one after the other measured alone on the machine:
${commands.join(', ')}.

| runtime | threads | batch | dense, sequences/s | with exits, sequences/s | speed-up (95 % interval) | by counted work |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

${reading} The dense side computes of its last layer only what the head reads.
`;
}

/** @param {Results} results */
export function markdown({ command, date, machine, versions, curve, fineTuning, taught, speed }) {
  const sections = [
    ...(curve ? [curveSection(curve)] : []),
    ...(fineTuning ? [fineTuningSection(fineTuning)] : []),
    ...(taught ? [taughtSection(taught)] : []),
    ...(speed ? [speedSection(speed)] : []),
  ];
  const stack = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `# Second runtime: TensorFlow.js beside ONNX Runtime

Made by \`${command}\`, which writes this page from \`second-runtime.json\`.

Measured until ${date.slice(0, 10)} on ${machine.processor}, ${machine.cores} cores, Node ${machine.node}; ${stack.join(', ')}.

${sections.join('\n')}`;
}
