// TensorFlow.js beside ONNX Runtime: loss curves, a full fine-tuning, speed. See README.md; --help shows the options.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build, commandFile, install, isBuilt, isInstalled, root } from '../scripts/workspace.mjs';
import { cellCommand } from './cells.mjs';
import { permutationTest, spreadOf, welchTest } from './second-runtime/compare-seeds.mjs';
import { lossesOf, markdown, SCHEMA_VERSION, speedOf } from './second-runtime/report.mjs';

const COMMAND = 'npm run experiment:second-runtime';
const PARTS = ['curve', 'fine-tuning', 'speed'];
const HELP = `Usage: ${COMMAND} -- [options]

  --parts <list>        of ${PARTS.join(', ')} (default: all; the others stay as the results have them)
  --engines <list>      engines of TensorFlow.js (default: those of wasm and node that work)
  --train-engine <name> that of the fine-tuning (default: node where it works, else wasm)
  --seeds <list>        of the fine-tuning with TensorFlow.js (default: 1,2,3)
  --onnx-seeds <list>   of the fine-tuning with ONNX Runtime (default: 1,2,3,4,5)
  --updates <n>         of a loss curve (default: 50)
  --data <folder>       (default: HASHEE_DATA, else ../shared/data)
  --pretrained <folder> (default: .cache/all-MiniLM-L6-v2)
  --first-light <folder> of that experiment, whose cells "hashee-" are the fine-tunings with ONNX Runtime; those that
                        aren't there are made (default: .cache/experiments/first-light)
  --work <folder>       (default: .cache/experiments/second-runtime)
  --output <folder>     results (default: results)
  --command-file <file> the hashee command (default: the built one)

What is finished is kept in --work; an interrupted training goes on. Delete its folder or file to make it anew.
Speed is measured right only if nothing else runs.
`;

const { values: given } = parseArgs({
  options: {
    parts: { type: 'string', default: PARTS.join(',') },
    engines: { type: 'string' },
    'train-engine': { type: 'string' },
    seeds: { type: 'string', default: '1,2,3' },
    'onnx-seeds': { type: 'string', default: '1,2,3,4,5' },
    updates: { type: 'string', default: '50' },
    data: { type: 'string' },
    pretrained: { type: 'string', default: join(root, '.cache/all-MiniLM-L6-v2') },
    'first-light': { type: 'string', default: join(root, '.cache/experiments/first-light') },
    work: { type: 'string', default: join(root, '.cache/experiments/second-runtime') },
    output: { type: 'string', default: join(root, 'results') },
    'command-file': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (given.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const parts = given.parts.split(',');
const updates = Number(given.updates);
const unknown = parts.find((part) => !PARTS.includes(part));
if (unknown !== undefined || !(Number.isSafeInteger(updates) && updates > 0)) {
  process.stderr.write(`Expected parts of ${PARTS.join(', ')} and a whole number of updates.\n\n${HELP}`);
  process.exit(2);
}
const [pretrained, firstLight, work, output] = [given.pretrained, given['first-light'], given.work, given.output].map(
  (path) => resolve(path),
);
const data = resolve(given.data ?? process.env['HASHEE_DATA'] ?? join(root, '../shared/data'));
const BATCH_SIZE = 32;

/**
 * Runs a program; its progress goes to the terminal, what it prints is the result.
 * @param {string} file
 * @param {readonly string[]} words
 * @param {string} folder of the tasks
 * @returns {Promise<string>}
 */
function run(file, words, folder) {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [file, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { TF_CPP_MIN_LOG_LEVEL: '2', ...process.env, HASHEE_DATA: folder },
    });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (printed += text));
    child.on('error', failed);
    child.on('close', (code) =>
      code === 0
        ? done(printed)
        : failed(Object.assign(new Error(`${basename(file)} ${words[0]} ended with ${code}`), { code })),
    );
  });
}

/** @param {readonly string[]} words @param {string} [folder] of the tasks */
const hashee = (words, folder = data) => run(resolve(given['command-file'] ?? commandFile), words, folder);

/** @param {string} path @param {string} text */
function writeWhole(path, text) {
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}

/** @param {string} path */
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
/** Words of a command as the results show them: no folder of this machine. @param {readonly string[]} words */
const shown = (words) =>
  ['hashee', ...words.map((word) => (word.startsWith(root) ? relative(root, word) : word))].join(' ');
/** @param {string} engine */
const runtimeWords = (engine) =>
  engine === 'onnx' ? ['--runtime', 'onnx'] : ['--runtime', 'tfjs', '--engine', engine];

/** Engines of TensorFlow.js that work here, of those that matter. @returns {Promise<string[]>} */
async function workingEngines() {
  const { findings } = JSON.parse(await hashee(['doctor', '--json']));
  return ['wasm', 'node'].filter((engine) =>
    findings.some(
      (/** @type {{ name: string, status: string }} */ { name, status }) =>
        name === `TF.js ${engine}` && status === 'ok',
    ),
  );
}

/** The data with the first training sentences of SST-2 only. @param {number} count */
function writeExcerpt(count) {
  const folder = join(work, `data-${count}`);
  mkdirSync(join(folder, 'sst-2'), { recursive: true });
  for (const [split, lines] of /** @type {const} */ ([
    ['train', count],
    ['dev', 2 * BATCH_SIZE],
  ])) {
    const text = readFileSync(join(data, 'sst-2', `${split}.tsv`), 'utf8');
    writeWhole(join(folder, 'sst-2', `${split}.tsv`), `${text.split('\n', lines + 1).join('\n')}\n`);
  }
  return folder;
}

/** @param {readonly string[]} engines */
async function curves(engines) {
  const examples = updates * BATCH_SIZE;
  const excerpt = writeExcerpt(examples);
  const recipe = ['--epochs', '1', '--batch-size', String(BATCH_SIZE), '--dropout', '0', '--seed', '1'];
  const words = ['train', '--task', 'sst-2', '--model', pretrained, '--hash', 'frequency', '--buckets', '6', ...recipe];
  const made = [];
  for (const engine of ['onnx', ...engines]) {
    const file = join(work, `curve-${updates}-${engine}.json`);
    if (!existsSync(file)) {
      process.stderr.write(`${updates} updates with ${engine}\n`);
      const folder = join(work, `curve-${updates}-${engine}`);
      const run = `${folder}.run`;
      const places = ['--output', folder, '--overwrite', '--run-dir', run, '--json'];
      await hashee([...words, ...runtimeWords(engine), ...places], excerpt);
      writeWhole(file, JSON.stringify(lossesOf(readFileSync(join(run, 'train-log.jsonl'), 'utf8'))));
      for (const path of [folder, run]) rmSync(path, { recursive: true, force: true });
    }
    made.push({ engine, losses: readJson(file) });
  }
  return { command: `${shown(words)} --runtime ...`, examples, curves: made };
}

/** The cells of first-light whose recipe both runtimes follow: from the pretrained encoder, by labels only. */
const METHOD = 'hashee';
const RECIPE = { epochs: 4, 'learning-rate': 0.00005, 'batch-size': BATCH_SIZE };

/** Accuracy of a judged model, and after each epoch. @param {string} cell path without ending @param {string} seed */
function runOf(cell, seed) {
  const { accuracy } = readJson(`${cell}.json`).metrics;
  const history = readJson(`${cell}.outcome.json`).history ?? [];
  return { seed: Number(seed), accuracy, history: history.map((/** @type {any} */ { metrics }) => metrics.accuracy) };
}

/** @param {readonly string[]} seeds */
async function fineTunedByOnnx(seeds) {
  const names = seeds.map((seed) => `${METHOD}-${seed}`);
  const missing = names.filter((name) => !existsSync(join(firstLight, `${name}.json`)));
  const words = ['--methods', METHOD, '--seeds', seeds.join(), '--work', firstLight, '--pretrained', pretrained];
  if (missing.length > 0)
    await run(fileURLToPath(new URL('first-light.mjs', import.meta.url)), [...words, '--only', missing.join()], data);
  return seeds.map((seed, index) => runOf(join(firstLight, names[index]), seed));
}

/** @param {string} engine @param {string} seed @param {string} folder of the model */
const tfjsCommand = (engine, seed, folder) => [
  ...cellCommand(
    { name: basename(folder), method: METHOD, seed: Number(seed) },
    { work, pretrained, recipe: RECIPE, threads: 1, adapt: {} },
  ),
  ...runtimeWords(engine),
];

/** @param {string} engine @param {readonly string[]} seeds */
async function fineTunedByTfjs(engine, seeds) {
  const runs = [];
  for (const seed of seeds) {
    const folder = join(work, `${METHOD}-${seed}-${engine}`);
    const [outcome, judged] = [`${folder}.outcome.json`, `${folder}.json`];
    if (!existsSync(outcome)) writeWhole(outcome, await hashee(tfjsCommand(engine, seed, folder)));
    if (!existsSync(judged))
      writeWhole(judged, await hashee(['evaluate', '--task', 'sst-2', '--model', folder, '--json']));
    runs.push(runOf(folder, seed));
  }
  return runs;
}

/** @param {string} engine @param {readonly string[]} seeds @param {readonly string[]} onnxSeeds */
async function fineTuning(engine, seeds, onnxSeeds) {
  const tfjs = await fineTunedByTfjs(engine, seeds);
  const onnx = await fineTunedByOnnx(onnxSeeds);
  const [a, b] = [tfjs, onnx].map((runs) => runs.map(({ accuracy }) => accuracy));
  return {
    command: shown(tfjsCommand(engine, seeds[0], join(work, `${METHOD}-${seeds[0]}-${engine}`))),
    engine,
    tfjs: { ...spreadOf(a), runs: tfjs },
    onnx: { ...spreadOf(b), runs: onnx },
    tests: {
      permutation: permutationTest(a, b),
      ...(a.length > 1 && b.length > 1 ? { welch: welchTest(a, b) } : {}),
    },
  };
}

/** @param {readonly string[]} engines */
async function speeds(engines) {
  const rows = [];
  for (const engine of ['onnx', ...engines]) {
    const file = join(work, `speed-${engine}.json`);
    const words = ['bench', '--task', 'sst-2', '--limit', '128', '--what', 'encoder', '--batch-size', '32'];
    words.push('--threads', '1', ...runtimeWords(engine));
    if (!existsSync(file)) await hashee([...words, '--quiet', '--output', file]);
    rows.push(speedOf(readJson(file), engine, shown(words)));
  }
  return rows;
}

function versions() {
  /** @param {string} path */
  const version = (path) => readJson(path).version;
  const of = (/** @type {string} */ member) => createRequire(join(root, member, 'package.json'));
  return {
    hashee: version(join(root, 'apps/cli/package.json')),
    'onnxruntime-node': version(of('packages/runtime-onnx').resolve('onnxruntime-node/package.json')),
    'TensorFlow.js': version(of('packages/runtime-tfjs').resolve('@tensorflow/tfjs-core/package.json')),
  };
}

process.on('SIGINT', () => {}); // the running command saves itself and ends; so does this one then
if (!isInstalled()) await install();
if (given['command-file'] === undefined && !isBuilt()) await build();
mkdirSync(work, { recursive: true });
mkdirSync(output, { recursive: true });
const path = join(output, 'second-runtime.json');
try {
  const working = given.engines?.split(',') ?? (await workingEngines());
  const results = existsSync(path) ? readJson(path) : {};
  if (parts.includes('curve')) results.curve = await curves(working);
  if (parts.includes('speed')) results.speed = await speeds(working);
  if (parts.includes('fine-tuning'))
    results.fineTuning = await fineTuning(
      given['train-engine'] ?? (working.includes('node') ? 'node' : 'wasm'),
      given.seeds.split(','),
      given['onnx-seeds'].split(','),
    );
  const { curve, fineTuning: tuned, taught, speed } = results;
  const whole = {
    schemaVersion: SCHEMA_VERSION,
    experiment: 'second-runtime',
    command: COMMAND,
    date: new Date().toISOString(),
    machine: { processor: cpus()[0].model.trim(), cores: cpus().length, node: process.version },
    versions: versions(),
    ...{ curve, fineTuning: tuned, taught, speed },
  };
  writeWhole(path, `${JSON.stringify(whole, null, 2)}\n`);
  writeWhole(join(output, 'second-runtime.md'), markdown(whole));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}. The same command goes on from here.\n`);
  process.exitCode = /** @type {{ code?: unknown }} */ (error).code === 130 ? 130 : 1;
}
