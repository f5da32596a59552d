// Dense and HashEE encoder-decoders on CNN/DailyMail and CSL, several seeds. See README.md; --help shows the options.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, install, isBuilt, isInstalled, root } from '../scripts/workspace.mjs';
import { METHODS, planCells, TASKS } from './generation/cells.mjs';

const COMMAND = 'npm run experiment:generation';
const HELP = `Usage: ${COMMAND} -- [options]

  --tasks <list>         of ${Object.keys(TASKS).join(', ')} (default: both)
  --methods <list>       of ${Object.keys(METHODS).join(', ')} (default: all)
  --seeds <list>         (default: 1,2,3)
  --data <folder>        (default: HASHEE_DATA, else ../shared/data)
  --pretrained <folder>  (default: .cache/all-MiniLM-L6-v2)
  --work <folder>        runs and results of cells (default: .cache/experiments/generation)
  --output <folder>      results (default: results; with --limit the work folder)
  --limit <n>            a trial: the first n examples of train and dev
  --report               make nothing: write the results of the cells that are finished

Cells are made seed by seed. Finished ones are kept; an interrupted one goes on. Delete a cell's folder in --work to make it anew.
Ctrl-C finishes the update at hand.
`;

const { values: given } = parseArgs({
  options: {
    tasks: { type: 'string', default: Object.keys(TASKS).join(',') },
    methods: { type: 'string', default: Object.keys(METHODS).join(',') },
    seeds: { type: 'string', default: '1,2,3' },
    data: { type: 'string' },
    pretrained: { type: 'string', default: join(root, '.cache/all-MiniLM-L6-v2') },
    work: { type: 'string' },
    output: { type: 'string' },
    limit: { type: 'string' },
    report: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (given.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const seeds = given.seeds.split(',').map(Number);
const limit = given.limit === undefined ? undefined : Number(given.limit);
if (
  ![...seeds, ...(limit === undefined ? [] : [limit])].every((number) => Number.isSafeInteger(number) && number > 0)
) {
  process.stderr.write(`--seeds and --limit take whole numbers from 1.\n\n${HELP}`);
  process.exit(2);
}
const cells = planCells(given.tasks.split(','), given.methods.split(','), seeds);
const work = resolve(
  given.work ?? join(root, `.cache/experiments/generation${limit === undefined ? '' : `-${limit}`}`),
);
const output = resolve(given.output ?? (limit === undefined ? join(root, 'results') : work));
const data = resolve(given.data ?? process.env['HASHEE_DATA'] ?? join(root, '../shared/data'));
mkdirSync(work, { recursive: true });
mkdirSync(output, { recursive: true });

if (!isInstalled()) await install();
if (!isBuilt('experiments', join(root, 'packages/train/dist/index.js'))) await build('experiments');
const { meanRouge } = await import('@hashee/eval');
const { prepareTask } = await import('./generation/prepare-task.mjs');
const { runCell } = await import('./generation/run-cell.mjs');
const { storedResult } = await import('./generation/stored-result.mjs');
const { markdown, SCHEMA_VERSION, summarize } = await import('./generation/report.mjs');

const stop = new AbortController();
process.once('SIGINT', () => stop.abort(new Error('SIGINT')));
process.once('SIGTERM', () => stop.abort(new Error('SIGTERM')));
const progress = (/** @type {string} */ text) =>
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

/** @type {Map<keyof typeof TASKS, Promise<Awaited<ReturnType<typeof prepareTask>>>>} */
const prepared = new Map();
/** @param {keyof typeof TASKS} name */
function taskOf(name) {
  const task = prepared.get(name) ?? prepareTask(name, { data, pretrained: resolve(given.pretrained), limit });
  prepared.set(name, task);
  return task;
}

const every = planCells(Object.keys(TASKS), Object.keys(METHODS), seeds);
try {
  // What was made with other settings is said before hours go by.
  for (const cell of every) storedResult(cell, { work, limit });
  for (const cell of cells) {
    if (given.report) break;
    await runCell(cell, await taskOf(cell.task), { work, limit, signal: stop.signal, progress });
    await report();
  }
  await report();
} catch (error) {
  if (stop.signal.aborted) progress('Stopped. The same command goes on from here.');
  else if (error instanceof RangeError) progress(error.message);
  else throw error;
  process.exitCode = stop.signal.aborted ? 130 : 1;
}

/** Writes what is finished so far. */
async function report() {
  const stored = every.map((cell) => storedResult(cell, { work, limit }));
  const runs = stored.filter((result) => result !== undefined);
  if (runs.length === 0) return;
  const missing = every.filter((_, i) => stored[i] === undefined).map(({ name }) => name);
  /** @type {Record<string, Record<string, number>>} */
  const leads = {};
  for (const name of /** @type {(keyof typeof TASKS)[]} */ ([...new Set(runs.map(({ task }) => task))])) {
    const { tokenizer, sources, references, tokenize, settings } = await taskOf(name);
    const lead = sources.map((text) =>
      tokenizer.decode(tokenizer.encode(text, { maxLength: settings.targetTokens + 2 }).inputIds),
    );
    const scores = meanRouge(lead, references, { tokenize });
    leads[name] = Object.fromEntries(Object.entries(scores).map(([kind, { f1 }]) => [kind, 100 * f1]));
  }
  const { version } = createRequire(import.meta.resolve('@hashee/runtime-onnx'))('onnxruntime-node/package.json');
  const results = {
    schemaVersion: SCHEMA_VERSION,
    command: COMMAND,
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0].model}, ${cpus().length} cores`,
    versions: `Node ${process.version}, onnxruntime-node ${version}`,
    ...(limit === undefined ? {} : { limit }),
    tasks: TASKS,
    ...{ missing, leads },
    summary: Object.fromEntries(Object.keys(leads).map((name) => [name, summarize(runs, name)])),
    runs,
  };
  for (const [name, text] of [
    ['generation.json', `${JSON.stringify(results, null, 2)}\n`],
    ['generation.md', markdown(results)],
  ]) {
    const path = join(output, name);
    writeFileSync(`${path}.part`, text);
    renameSync(`${path}.part`, path);
  }
}
