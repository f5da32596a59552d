// Where the time of a forward pass goes, by operator: ONNX Runtime's own profile of the dense model and of the one with exits.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadModel } from '@hashee/checkpoint';
import { collate } from '@hashee/core';
import { encodeDataset, loadSplit } from '@hashee/eval';
import { frequencyHash } from '@hashee/hash';
import { directory } from '@hashee/model-sst2';
import { onnx } from '@hashee/runtime-onnx';

const HELP = `Usage: node tooling/experiments/profile.mjs [options]

  --model <folder>      (default: the default model); without an exit table it gets the frequency hash of the task
  --task <name>         whose dev texts (default: sst-2)
  --data <folder>       (default: HASHEE_DATA, else ../shared/data)
  --dtype <name>        fp32 or q8 (default: fp32)
  --batch-size <n>      (default: 32)
  --batches <n>         evenly from the sorted texts (default: 4)
  --rounds <n>          of all batches (default: 3)
  --beside <n>          processes that compute the same meanwhile, one thread each, as other workers would (default: 0)
`;

const { values } = parseArgs({
  options: {
    // The bench keeps BERT-base's shape with random weights in its cache folder.
    model: { type: 'string', default: directory },
    task: { type: 'string', default: 'sst-2' },
    data: { type: 'string', default: process.env['HASHEE_DATA'] ?? '../shared/data' },
    dtype: { type: 'string', default: 'fp32' },
    'batch-size': { type: 'string', default: '32' },
    batches: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    beside: { type: 'string', default: '0' },
    // Computes until it is killed; what --beside starts.
    endless: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const [B, N, rounds, beside] = [values['batch-size'], values.batches, values.rounds, values.beside].map(Number);

/** @typedef {{ op_name: string, input_type_shape?: Record<string, number[]>[] }} Arguments */
/** @typedef {{ name: string, cat: string, dur: number, args: Arguments }} Event */

const model = await loadModel(values.model);
const dev = await loadSplit(values.task, 'dev', { directory: values.data });
/** The model's table; without one, the frequency hash of the task with as many buckets as layers. */
async function tableOf() {
  if (model.exitTable) return model.exitTable;
  const { config, tokenizer } = model;
  const train = await loadSplit(values.task, 'train', { directory: values.data });
  const encoded = await encodeDataset(train, tokenizer, { maxLength: config.maxLength });
  return frequencyHash({ layers: config.layers, tokenizer, train: encoded.sequences });
}
const exitTable = await tableOf();
const { sequences } = await encodeDataset(dev, model.tokenizer, { maxLength: model.config.maxLength });
const sorted = sequences.toSorted((a, b) => a.inputIds.length - b.inputIds.length);
const batches = Array.from({ length: N }, (_, i) => {
  const from = Math.floor(((i + 0.5) * (sorted.length - B)) / N);
  return collate(sorted.slice(from, from + B));
});

const ort = createRequire(import.meta.resolve('@hashee/runtime-onnx'))('onnxruntime-node');

const VARIANTS = /** @type {const} */ ([
  ['dense', null],
  ['exits', exitTable],
]);

if (values.endless !== undefined) {
  const table = VARIANTS.find(([name]) => name === values.endless)?.[1] ?? null;
  const encoder = await onnx({ threads: 1 }).load(model, { dtype: values.dtype, exitTable: table });
  for (let first = true; ; first = false) {
    for (const batch of batches) await encoder.forward(batch);
    if (first) process.stdout.write('computing');
  }
}

/** Starts processes that compute a variant, and returns when all do. @param {string} variant */
async function others(variant) {
  const words = [fileURLToPath(import.meta.url), ...process.argv.slice(2), '--endless', variant];
  const started = Array.from({ length: beside }, () =>
    spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  const failed = async (/** @type {import('node:child_process').ChildProcess} */ child) => {
    const [code] = await once(child, 'close');
    throw new Error(`A process of --beside ended with ${code}.`);
  };
  await Promise.all(started.map((child) => Promise.race([once(child.stdout, 'data'), failed(child)])));
  return started;
}

/** @param {object | null} table @returns {Promise<{ runs: number, milliseconds: number, events: Event[] }>} */
async function profile(table) {
  const folder = mkdtempSync(join(tmpdir(), 'hashee-profile-'));
  /** @type {{ endProfiling(): void }[]} */
  const sessions = [];
  const profiled = {
    ...ort,
    InferenceSession: {
      /** @param {Uint8Array} bytes @param {object} options */
      async create(bytes, options) {
        const profileFilePrefix = join(folder, `session-${sessions.length}`);
        const session = await ort.InferenceSession.create(bytes, {
          ...options,
          enableProfiling: true,
          profileFilePrefix,
        });
        sessions.push(session);
        return session;
      },
    },
  };
  const backend = onnx({ threads: 1, ort: profiled });
  const encoder = await backend.load(model, { dtype: values.dtype, exitTable: /** @type {never} */ (table) });
  for (const batch of batches) await encoder.forward(batch);
  const started = performance.now();
  for (let round = 0; round < rounds; round++) for (const batch of batches) await encoder.forward(batch);
  const milliseconds = (performance.now() - started) / (rounds * N);
  for (const session of sessions) session.endProfiling();
  await encoder.dispose();
  /** @type {Event[]} */
  const events = readdirSync(folder).flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
  rmSync(folder, { recursive: true });
  return { runs: (rounds + 1) * N, milliseconds, events };
}

/** Operations of a large product: its input is [m, k], and the last of its vectors has as many entries as the output columns. @param {Arguments} args */
function operations({ op_name: operator, input_type_shape: shapes = [] }) {
  if (!/^(Gemm|FusedGemm|DynamicQuantizeMatMul|MatMulIntegerToFloat)$/.test(operator)) return 0;
  const dims = shapes.map((shape) => Object.values(shape)[0]);
  const columns = dims.findLast(({ length, 0: size }) => length === 1 && size > 1)?.[0] ?? 0;
  return 2 * (dims[0][0] ?? 0) * (dims[0][1] ?? 0) * columns;
}

console.log(
  `${values.dtype}, one thread${beside > 0 ? `, ${beside} more computing the same` : ''}, ${N} batches of ${B} of ${values.task} dev, sorted by length; ${model.config.layers} layers.`,
);
console.log('A profiled run is slower than another: small operators show more than they cost.');
for (const [name, table] of VARIANTS) {
  const company = await others(name);
  const { runs, milliseconds, events } = await profile(table).finally(() => {
    for (const child of company) child.kill();
  });
  /** @type {Map<string, { time: number, calls: number, work: number }>} */
  const operators = new Map();
  let inside = 0;
  for (const { cat, name: event, dur, args } of events) {
    if (event === 'model_run') inside += dur;
    if (cat !== 'Node' || !event.endsWith('_kernel_time')) continue;
    const sum = operators.get(args.op_name) ?? { time: 0, calls: 0, work: 0 };
    operators.set(args.op_name, { time: sum.time + dur, calls: sum.calls + 1, work: sum.work + operations(args) });
  }
  const kernels = [...operators.values()].reduce((sum, { time }) => sum + time, 0);
  console.log(
    `\n${name}: ${milliseconds.toFixed(1)} ms a batch, ${(inside / runs / 1000).toFixed(1)} of it inside ONNX Runtime, ${(kernels / runs / 1000).toFixed(1)} in operators`,
  );
  console.table(
    [...operators]
      .sort(([, a], [, b]) => b.time - a.time)
      .slice(0, 14)
      .map(([operator, { time, calls, work }]) => ({
        operator,
        'ms a batch': (time / runs / 1000).toFixed(2),
        'of the run': `${((100 * time) / inside).toFixed(1)} %`,
        calls: Math.round(calls / runs),
        'billion operations a second': work === 0 ? '' : Math.round(work / time / 1000),
      })),
  );
}
