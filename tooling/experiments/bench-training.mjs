// How long a training step takes: ours dense, ours with exits, PyTorch's. See README.md; --help shows the options.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, install, isBuilt, isInstalled, root } from '../scripts/workspace.mjs';
import { ownSteps, torchSteps } from './training-step/contenders.mjs';
import { compareRows, reportLines, SCHEMA_VERSION, stepRow } from './training-step/report.mjs';

const HELP = `Usage: npm run bench:training -- [options]

Times one training step (forward, backward, clipping, AdamW) on batches of SST-2, in turns, in one run.

  --python <path>        a Python with torch and transformers; without it PyTorch is left out
  --threads <list>       (default: 1,2)
  --batches <n>          different batches of a round (default: 12)
  --batch-size <n>       (default: 32)
  --rounds <n>           timed rounds of each, after one to warm up (default: 5)
  --buckets <n>          of the frequency hash (default: 6)
  --data <folder>        (default: HASHEE_DATA, else ../shared/data)
  --pretrained <folder>  (default: .cache/all-MiniLM-L6-v2)
  --output <file>        also write the numbers as JSON
`;

const LEARNING_RATE = 5e-5;

/** @param {string} name @param {string} text @param {number} low */
function integer(name, text, low = 1) {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= low) return value;
  process.stderr.write(`--${name} takes whole numbers from ${low}, got ${text}.\n`);
  return process.exit(2);
}

const { values: given } = parseArgs({
  options: {
    python: { type: 'string' },
    threads: { type: 'string', default: '1,2' },
    batches: { type: 'string', default: '12' },
    'batch-size': { type: 'string', default: '32' },
    rounds: { type: 'string', default: '5' },
    buckets: { type: 'string', default: '6' },
    data: { type: 'string' },
    pretrained: { type: 'string', default: join(root, '.cache/all-MiniLM-L6-v2') },
    output: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (given.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const settings = {
  threads: given.threads.split(',').map((text) => integer('threads', text)),
  batches: integer('batches', given.batches),
  batchSize: integer('batch-size', given['batch-size']),
  rounds: integer('rounds', given.rounds),
  buckets: integer('buckets', given.buckets),
};
const pretrained = resolve(given.pretrained);
const data = resolve(given.data ?? process.env['HASHEE_DATA'] ?? join(root, '../shared/data'));

if (!isInstalled()) await install();
if (!isBuilt()) await build();
const { loadModel } = await import('@hashee/checkpoint');
const { describeMachine, interleave } = await import('@hashee/eval');
const { describeOnnx, onnx } = await import('@hashee/runtime-onnx');
const { sst2Material } = await import('./training-step/material.mjs');

const controller = new AbortController();
process.once('SIGINT', () => controller.abort());
const { signal } = controller;
const temporary = mkdtempSync(join(tmpdir(), 'hashee-bench-training-'));
try {
  await main();
} catch (error) {
  process.stderr.write(signal.aborted ? 'Interrupted.\n' : `${error instanceof Error ? error.message : error}\n`);
  process.exitCode = signal.aborted ? 130 : 1;
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

async function main() {
  const model = await loadModel(pretrained, { localFilesOnly: true });
  const { rows: plain, ...material } = await sst2Material({ model, data, ...settings, signal });
  const batchFile = join(temporary, 'batches.json');
  writeFileSync(batchFile, JSON.stringify(plain));
  const machine = describeMachine();
  const runtime = await describeOnnx();
  /** @type {Record<string, unknown> | null} */
  let torch = null;
  const rows = [];
  const comparisons = [];
  for (const threads of settings.threads) {
    const { contenders, facts } = await openContenders(model, material, batchFile, threads);
    torch = facts ?? torch;
    try {
      const onRun = (/** @type {{ done: number, total: number, name: string }} */ { done, total, name }) =>
        process.stderr.write(`threads ${threads}: ${name}, ${done} of ${total}\n`);
      await interleave(contenders, { rounds: settings.rounds, warmup: 1, signal, onRun });
      const timed = contenders.map(({ name, rounds }) => stepRow(name, threads, rounds.slice(-settings.rounds)));
      rows.push(...timed);
      comparisons.push(compareRows(timed));
    } finally {
      for (const contender of contenders) await contender.dispose();
    }
  }
  const results = {
    schemaVersion: SCHEMA_VERSION,
    experiment: 'training-step',
    command: 'npm run bench:training',
    date: new Date().toISOString(),
    encoder: { name: basename(pretrained), layers: model.config.layers, hiddenSize: model.config.hiddenSize },
    ...settings,
    tokensPerBatch: material.tokensPerBatch,
    meanExitLayer: material.meanExitLayer,
    machine,
    runtime,
    torch,
    peakMemoryBytes: 1024 * process.resourceUsage().maxRSS,
    rows,
    comparisons,
  };
  process.stdout.write(`${reportLines(results).join('\n')}\n`);
  if (given.output === undefined) return;
  writeFileSync(`${given.output}.part`, `${JSON.stringify(results, null, 2)}\n`);
  renameSync(`${given.output}.part`, given.output);
}

/**
 * @param {import('@hashee/checkpoint').Model} model
 * @param {Omit<Awaited<ReturnType<typeof sst2Material>>, 'rows'>} material
 * @param {string} batchFile
 * @param {number} threads
 */
async function openContenders(model, { table, spec, batches }, batchFile, threads) {
  const backend = onnx({ threads });
  /** @type {import('./training-step/contenders.mjs').StepContender[]} */
  const contenders = [
    await ownSteps('hashee dense', backend, model, { ...spec, exitTable: null }, batches, LEARNING_RATE),
    await ownSteps(
      'hashee full',
      onnx({ threads, lastLayer: 'all' }),
      model,
      { ...spec, exitTable: null },
      batches,
      LEARNING_RATE,
    ),
    await ownSteps('hashee exits', backend, model, { ...spec, exitTable: table }, batches, LEARNING_RATE),
  ];
  if (given.python === undefined) return { contenders };
  const peer = await torchSteps({
    python: given.python,
    model: pretrained,
    batchFile,
    batches: batches.length,
    threads,
    learningRate: LEARNING_RATE,
    seed: spec.seed,
    signal,
  });
  return { contenders: [...contenders, peer], facts: peer.facts };
}
