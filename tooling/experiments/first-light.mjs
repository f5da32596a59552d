// Dense and HashEE fine-tuning on SST-2, several seeds. See README.md; --help shows the options.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, commandFile, install, isBuilt, isInstalled, root } from '../scripts/workspace.mjs';
import { cellCommand, METHODS, planCells } from './cells.mjs';
import { markdown, resultsFile, triedFrom } from './report.mjs';

const HELP = `Usage: npm run experiment:first-light -- [options]

  --methods <list>       of ${Object.keys(METHODS).join(', ')} (default: all)
  --seeds <list>         (default: 1,2,3)
  --epochs <n>           (default: 4)
  --learning-rate <r>    (default: 0.00005)
  --batch-size <n>       (default: 32)
  --adapt-texts <n>      sentences for the adapted encoder (default: 40000; the moved one takes all)
  --threads <n>          (default: 1)
  --data <folder>        (default: HASHEE_DATA, else ../shared/data)
  --pretrained <folder>  (default: .cache/all-MiniLM-L6-v2)
  --work <folder>        models and runs (default: .cache/experiments/first-light; with --limit first-light-<n>)
  --output <folder>      results (default: results; with --limit the work folder)
  --report               make nothing: write the results of the cells that are finished
  --tried <list>         results files of other settings, to be listed as tried (default: those listed before)
  --limit <n>            a trial: the first n training sentences, marked in the results
  --only <list>          make only these cells, such as dense-2, and leave the results alone

Finished cells are kept; an interrupted one goes on. Delete a cell's folder in --work to make it anew.
`;

const { values: given } = parseArgs({
  options: {
    methods: { type: 'string', default: Object.keys(METHODS).join(',') },
    seeds: { type: 'string', default: '1,2,3' },
    epochs: { type: 'string', default: '4' },
    'learning-rate': { type: 'string', default: '0.00005' },
    'batch-size': { type: 'string', default: '32' },
    'adapt-texts': { type: 'string', default: '40000' },
    threads: { type: 'string', default: '1' },
    data: { type: 'string' },
    pretrained: { type: 'string', default: join(root, '.cache/all-MiniLM-L6-v2') },
    work: { type: 'string' },
    output: { type: 'string' },
    tried: { type: 'string' },
    limit: { type: 'string' },
    only: { type: 'string' },
    report: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (given.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const source = resolve(given.data ?? process.env.HASHEE_DATA ?? join(root, '../shared/data'));
const limit = given.limit === undefined ? undefined : Number(given.limit);
if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0)) {
  process.stderr.write(`--limit takes a whole number from 1, got ${given.limit}.\n`);
  process.exit(2);
}
const work = resolve(
  given.work ?? join(root, `.cache/experiments/first-light${limit === undefined ? '' : `-${limit}`}`),
);
const data = limit === undefined ? source : join(work, 'data');
const output = resolve(given.output ?? (limit === undefined ? join(root, 'results') : work));
const recipe = {
  epochs: Number(given.epochs),
  'learning-rate': Number(given['learning-rate']),
  'batch-size': Number(given['batch-size']),
};
const adapt = { limit: Number(given['adapt-texts']), 'learning-rate': 0.0002, seed: 1 };
const settings = { work, pretrained: resolve(given.pretrained), recipe, adapt, threads: Number(given.threads) };

/** Runs the command; its progress goes to the terminal, what it prints is the result. */
function hashee(words) {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [commandFile, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, HASHEE_DATA: data },
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', failed);
    child.on('close', (code) =>
      code === 0 ? done(output) : failed(Object.assign(new Error(`hashee ${words[0]} ended with ${code}`), { code })),
    );
  });
}

function writeWhole(path, text) {
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}

const column = (task) =>
  readFileSync(join(source, task, 'train.tsv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t')[0]);

/** Sentences without labels: SST-2's own and those of IMDb reviews, 4 to 50 words. Only train files are read. */
function writeTexts(path) {
  const reviews = column('imdb').flatMap((review) => review.split(/(?<=[.!?])\s+/));
  const sentences = reviews
    .map((text) => text.trim())
    .filter((text) => {
      const words = text.split(' ').length;
      return words >= 4 && words <= 50;
    });
  writeWhole(path, `${[...column('sst-2'), ...sentences].join('\n')}\n`);
}

async function makeCell(cell) {
  const result = join(work, `${cell.name}.json`);
  const words = cellCommand(cell, settings);
  const madeBy = join(work, `${cell.name}.command.json`);
  if (existsSync(join(work, cell.name, 'model.safetensors'))) {
    if (!existsSync(madeBy) || readFileSync(madeBy, 'utf8') !== JSON.stringify(words))
      throw new Error(
        `${cell.name} was made with other settings. Name another --work, or delete the folder ${join(work, cell.name)}`,
      );
  } else {
    if (cell.seed === undefined && !existsSync(join(work, 'texts.txt'))) writeTexts(join(work, 'texts.txt'));
    rmSync(result, { force: true });
    const outcome = await hashee(words);
    writeWhole(madeBy, JSON.stringify(words));
    writeWhole(join(work, `${cell.name}.outcome.json`), outcome);
  }
  if (cell.seed === undefined) return undefined;
  if (!existsSync(result))
    writeWhole(
      result,
      await hashee([
        'evaluate',
        '--task',
        'sst-2',
        '--model',
        join(work, cell.name),
        '--threads',
        String(settings.threads),
        '--json',
      ]),
    );
  const { metrics, meanExitLayer, countedSpeedup: speedup } = JSON.parse(readFileSync(result, 'utf8'));
  const { training } = JSON.parse(readFileSync(join(work, cell.name, 'hashee.json'), 'utf8'));
  const outcome = join(work, `${cell.name}.outcome.json`);
  // Absent for a model that was brought here and not made here.
  const { history, seconds } = existsSync(outcome) ? JSON.parse(readFileSync(outcome, 'utf8')) : {};
  return {
    method: cell.method,
    seed: cell.seed,
    accuracy: metrics.accuracy,
    meanExitLayer,
    speedup,
    bestUpdate: training.updates,
    ...(history ? { seconds, history } : {}),
  };
}

/** The data with the first `count` training sentences of SST-2 only. */
function writeTrial(count) {
  mkdirSync(join(data, 'sst-2'), { recursive: true });
  const lines = readFileSync(join(source, 'sst-2/train.tsv'), 'utf8').split('\n');
  writeWhole(join(data, 'sst-2/train.tsv'), `${lines.slice(0, count + 1).join('\n')}\n`);
  copyFileSync(join(source, 'sst-2/dev.tsv'), join(data, 'sst-2/dev.tsv'));
}

/** Versions of what computed, and the commit where git knows it. */
function versionsOf() {
  const version = (path) => JSON.parse(readFileSync(path, 'utf8')).version;
  const runtime = createRequire(join(root, 'packages/runtime-onnx/package.json'));
  const { stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' });
  return {
    hashee: version(join(root, 'apps/cli/package.json')),
    'onnxruntime-node': version(runtime.resolve('onnxruntime-node/package.json')),
    ...(stdout ? { commit: stdout.trim() } : {}),
  };
}

/** Results of other settings: those of the given files, else those that were listed before. */
function triedBefore(path) {
  if (given.tried !== undefined)
    return given.tried.split(',').map((file) => triedFrom(JSON.parse(readFileSync(file, 'utf8'))));
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')).tried ?? []) : [];
}

/** Time until all cells are made, guessed from the seconds of those that are. */
function remaining(cells) {
  const known = cells.flatMap(({ name }) => {
    const outcome = join(work, `${name}.outcome.json`);
    const { seconds } = existsSync(outcome) ? JSON.parse(readFileSync(outcome, 'utf8')) : {};
    return Number.isFinite(seconds) ? [seconds] : [];
  });
  const missing = cells.filter(({ name }) => !existsSync(join(work, name, 'model.safetensors'))).length;
  if (missing === 0 || known.length === 0) return `${missing} to make`;
  const seconds = (missing * known.reduce((sum, value) => sum + value, 0)) / known.length;
  return `${missing} to make, about ${Math.ceil(seconds / 60)} min`;
}

process.on('SIGINT', () => {}); // the running command saves itself and ends; so does this one then
if (!isInstalled()) await install();
if (!isBuilt()) await build();
mkdirSync(work, { recursive: true });
mkdirSync(output, { recursive: true });
if (limit !== undefined) writeTrial(limit);
const only = given.only?.split(',');
const cells = planCells(given.methods.split(','), given.seeds.split(',').map(Number)).filter(
  ({ name }) => (!only || only.includes(name)) && (!given.report || existsSync(join(work, name, 'model.safetensors'))),
);
const runs = [];
const started = Date.now();
for (const [index, cell] of cells.entries()) {
  const minutes = ((Date.now() - started) / 60_000).toFixed(1);
  process.stderr.write(`[${index + 1}/${cells.length}, ${minutes} min, ${remaining(cells)}] ${cell.name}\n`);
  try {
    const run = await makeCell(cell);
    if (run) runs.push(run);
  } catch (error) {
    process.stderr.write(`${error.message}. The same command goes on from here.\n`);
    process.exit(error.code === 130 ? 130 : 1);
  }
  if (only) continue;
  const machine = { processor: cpus()[0].model.trim(), cores: cpus().length, node: process.version };
  const path = join(output, 'first-light.json');
  const results = resultsFile({
    command: 'npm run experiment:first-light',
    date: new Date().toISOString(),
    recipe,
    adapt,
    machine,
    versions: versionsOf(),
    limit,
    runs,
    tried: triedBefore(path),
  });
  writeWhole(path, `${JSON.stringify(results, null, 2)}\n`);
  writeWhole(join(output, 'first-light.md'), markdown(results));
}
