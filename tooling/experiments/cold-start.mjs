// How long the default model takes from the start of a process to its first answer, and how much memory.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build, install, isBuilt, isInstalled } from '../scripts/workspace.mjs';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    dtype: { type: 'string', default: 'fp32' },
    threads: { type: 'string', default: '1' },
  },
});
if (!isInstalled()) await install();
if (!isBuilt()) await build();

const task = fileURLToPath(new URL('./cold-start/first-result.mjs', import.meta.url));
const arguments_ = [task, values.dtype, values.threads];
/** @typedef {{ name: string, milliseconds: number, cpu: number, peakMegabytes: number }} Step */
/** @type {() => Step[]} */
const run = () => JSON.parse(execFileSync(process.execPath, arguments_, { encoding: 'utf8' }));
run();
const runs = Array.from({ length: Number(values.runs) }, run);

/** @param {number[]} numbers */
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const rows = runs[0].map(({ name }, i) => {
  const since = runs.map((steps) => steps[i]);
  return {
    step: name,
    'ms (median)': Math.round(median(since.map(({ milliseconds }) => milliseconds))),
    'ms (least)': Math.round(Math.min(...since.map(({ milliseconds }) => milliseconds))),
    'processor ms (median)': Math.round(median(since.map(({ cpu }) => cpu))),
    'peak MB': Math.round(Math.max(...since.map(({ peakMegabytes }) => peakMegabytes))),
  };
});
console.log(
  `${values.dtype}, ${values.threads} thread(s), ${runs.length} fresh processes; all counted from the start of the process.`,
);
console.table(rows);
