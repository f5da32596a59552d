// From times to the table and the results file of bench-training.
import { median } from '../shared/median.mjs';

export const SCHEMA_VERSION = 1;

/**
 * One row: what a step took.
 * @param {string} name
 * @param {number} threads
 * @param {readonly import('./contenders.mjs').StepTimes[]} rounds the timed ones
 */
export function stepRow(name, threads, rounds) {
  const steps = rounds.map(({ forwardBackward, optimizer }) => forwardBackward + optimizer);
  return {
    name,
    threads,
    /** Milliseconds. */
    median: median(steps),
    minimum: Math.min(...steps),
    forwardBackward: median(rounds.map((round) => round.forwardBackward)),
    optimizer: median(rounds.map((round) => round.optimizer)),
    rounds: steps,
  };
}

/**
 * What the rows of one number of threads say about each other; ratios of medians.
 * @param {readonly ReturnType<typeof stepRow>[]} rows
 */
export function compareRows(rows) {
  const of = (/** @type {string} */ name) => rows.find((row) => row.name === name)?.median;
  const [dense, exits, full, torch] = ['hashee dense', 'hashee exits', 'hashee full', 'torch dense'].map(of);
  return {
    threads: rows[0].threads,
    /** Our dense step over that with exits. */
    ...(dense && exits ? { exitsSpeedup: dense / exits } : {}),
    /** Our dense step that computes all of its last layer over that with exits. */
    ...(full && exits ? { exitsSpeedupOverFull: full / exits } : {}),
    /** Our dense step over PyTorch's. */
    ...(dense && torch ? { denseToTorch: dense / torch } : {}),
    ...(exits && torch ? { exitsToTorch: exits / torch } : {}),
  };
}

/**
 * @typedef {object} TrainingStepResults the results file, as far as the report shows it
 * @property {{ name: string, layers: number }} encoder
 * @property {number} batchSize
 * @property {number} buckets
 * @property {number} tokensPerBatch
 * @property {number} meanExitLayer
 * @property {import('@hashee/eval').Machine} machine
 * @property {import('@hashee/runtime-onnx').OnnxDescription} runtime
 * @property {Record<string, unknown> | null} torch
 * @property {number} peakMemoryBytes
 * @property {ReturnType<typeof stepRow>[]} rows
 * @property {ReturnType<typeof compareRows>[]} comparisons
 */

/**
 * The results for people, in lines.
 * @param {TrainingStepResults} results
 */
export function reportLines(results) {
  const { encoder, batchSize, buckets, machine, runtime, torch } = results;
  return [
    `${encoder.name} on SST-2: batches of ${batchSize} (${results.tokensPerBatch.toFixed(0)} tokens)`,
    `exits: frequency hash, ${buckets} buckets, mean exit layer ${results.meanExitLayer.toFixed(2)} of ${encoder.layers}`,
    `${machine.processor}, ${machine.cores} cores, load ${machine.load.toFixed(1)}; Node ${machine.node}, ${runtime.package} ${runtime.version}`,
    ...(torch
      ? [
          `torch ${torch['torch']}: BLAS ${torch['blas']}, ${torch['cpuCapability']}, attention ${torch['attention']}, AdamW ${torch['adamW']}`,
        ]
      : []),
    `peak memory of this process, three trainers alive: ${(results.peakMemoryBytes / 1e9).toFixed(2)} GB`,
    '',
    ...tableLines(results),
    '',
    'ms of one step, median of the rounds (fastest); AdamW with clipping. "to": time as a multiple of the other\'s.',
    'hashee dense computes of the last layer only what the head reads; hashee full all of it, as PyTorch does.',
  ];
}

/** @param {Pick<TrainingStepResults, 'rows'>} results */
export function tableLines({ rows }) {
  const cells = [
    ['threads', 'step', 'ms (min)', 'forward+backward', 'AdamW', 'to our dense', 'to torch dense'],
    ...rows.map((row) => {
      const to = (/** @type {string} */ name) => {
        const other = rows.find((each) => each.threads === row.threads && each.name === name);
        return other ? (row.median / other.median).toFixed(2) : '-';
      };
      return [
        String(row.threads),
        row.name,
        `${row.median.toFixed(1)} (${row.minimum.toFixed(1)})`,
        row.forwardBackward.toFixed(1),
        row.optimizer.toFixed(1),
        to('hashee dense'),
        to('torch dense'),
      ];
    }),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
}
