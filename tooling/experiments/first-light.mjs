// Dense and HashEE fine-tuning on SST-2, several seeds. See README.md; --help shows the options.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, commandFile, install, isBuilt, isInstalled, root } from '../scripts/workspace.mjs';
import { cellCommand, METHODS, planCells } from './cells.mjs';
import { markdown, resultsFile } from './report.mjs';

const HELP = `Usage: npm run experiment:first-light -- [options]

  --methods <list>       of ${Object.keys(METHODS).join(', ')} (default: all)
  --seeds <list>         (default: 1,2,3)
  --epochs <n>           (default: 4)
  --learning-rate <r>    (default: 0.00005)
  --batch-size <n>       (default: 32)
  --adapt-texts <n>      sentences for the adapted encoder (default: 40000)
  --threads <n>          (default: 1)
  --data <folder>        (default: HASHEE_DATA, else ../shared/data)
  --pretrained <folder>  (default: .cache/all-MiniLM-L6-v2)
  --work <folder>        models and runs (default: .cache/experiments/first-light)
  --output <folder>      results (default: results)
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
    work: { type: 'string', default: join(root, '.cache/experiments/first-light') },
    output: { type: 'string', default: join(root, 'results') },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (given.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const data = resolve(given.data ?? process.env.HASHEE_DATA ?? join(root, '../shared/data'));
const work = resolve(given.work);
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
  readFileSync(join(data, task, 'train.tsv'), 'utf8')
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
    if (cell.method === 'adapted' && !existsSync(join(work, 'texts.txt'))) writeTexts(join(work, 'texts.txt'));
    rmSync(result, { force: true });
    const outcome = await hashee(words);
    writeWhole(madeBy, JSON.stringify(words));
    writeWhole(join(work, `${cell.name}.outcome.json`), outcome);
  }
  if (cell.method === 'adapted') return undefined;
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
  const history = existsSync(outcome) ? JSON.parse(readFileSync(outcome, 'utf8')).history : undefined;
  return {
    method: cell.method,
    seed: cell.seed,
    accuracy: metrics.accuracy,
    meanExitLayer,
    speedup,
    bestUpdate: training.updates,
    ...(history ? { history } : {}),
  };
}

process.on('SIGINT', () => {}); // the running command saves itself and ends; so does this one then
if (!isInstalled()) await install();
if (!isBuilt()) await build();
mkdirSync(work, { recursive: true });
mkdirSync(given.output, { recursive: true });
const only = given.only?.split(',');
const cells = planCells(given.methods.split(','), given.seeds.split(',').map(Number)).filter(
  ({ name }) => !only || only.includes(name),
);
const runs = [];
const started = Date.now();
for (const [index, cell] of cells.entries()) {
  const minutes = ((Date.now() - started) / 60_000).toFixed(1);
  process.stderr.write(`[${index + 1}/${cells.length}, ${minutes} min] ${cell.name}\n`);
  try {
    const run = await makeCell(cell);
    if (run) runs.push(run);
  } catch (error) {
    process.stderr.write(`${error.message}. The same command goes on from here.\n`);
    process.exit(error.code === 130 ? 130 : 1);
  }
  if (only) continue;
  const machine = { processor: cpus()[0].model.trim(), cores: cpus().length, node: process.version };
  const results = resultsFile({ command: 'npm run experiment:first-light', recipe, adapt, machine, runs });
  writeWhole(join(given.output, 'first-light.json'), `${JSON.stringify(results, null, 2)}\n`);
  writeWhole(join(given.output, 'first-light.md'), markdown(results));
}
