// How near encoding of long sources comes to what the exit layers promise. See README.md; --help shows the options.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, install, isBuilt, isInstalled, root } from '../scripts/workspace.mjs';
import { markdown } from './long-sources/report.mjs';
import { put, SCHEMA_VERSION } from './long-sources/results.mjs';

const COMMAND = 'npm run experiment:long-sources';
const HELP = `Usage: ${COMMAND} -- [options]

Times the encoder of BART-base's shape with random weights on long articles: dense, with exits, and as others export it, in turns.
Cases are kept in results/long-sources.json as they are finished, and replaced when measured again; the page is written from all of them.

  --parts <list>        of encoder, generation, profile (default: encoder; "page" writes the page again and measures nothing)
  --lengths <list>      tokens of a source (default: 512,1024)
  --batch-sizes <list>  (default: 8,32)
  --threads <list>      (default: 1,2)
  --dtype <name>        fp32 or q8 (default: fp32)
  --exits <list>        of "6 buckets", 2x, 3x (default: 6 buckets)
  --plain <limit>       largest batch, in tokens, of the encoder as others export it; 0 leaves it out (default: 16384)
  --rounds <n>          timed rounds (default: 3)
  --new-tokens <n>      of a generation (default: 60)
  --beams <list>        (default: 1,4)
  --data <folder>       (default: HASHEE_DATA, else ../shared/data)
  --tokenizer <folder>  (default: .cache/all-MiniLM-L6-v2)
  --work <folder>       weights, made once (default: .cache/experiments/long-sources)
  --output <folder>     (default: results)

Speed is measured right only if nothing else runs.
`;

const { values: given } = parseArgs({
  options: {
    parts: { type: 'string', default: 'encoder' },
    lengths: { type: 'string', default: '512,1024' },
    'batch-sizes': { type: 'string', default: '8,32' },
    threads: { type: 'string', default: '1,2' },
    dtype: { type: 'string', default: 'fp32' },
    exits: { type: 'string', default: '6 buckets' },
    plain: { type: 'string', default: '16384' },
    rounds: { type: 'string', default: '3' },
    'new-tokens': { type: 'string', default: '60' },
    beams: { type: 'string', default: '1,4' },
    data: { type: 'string' },
    tokenizer: { type: 'string', default: join(root, '.cache/all-MiniLM-L6-v2') },
    work: { type: 'string', default: join(root, '.cache/experiments/long-sources') },
    output: { type: 'string', default: join(root, 'results') },
    help: { type: 'boolean', default: false },
  },
});
if (given.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

/** @param {string} message @returns {never} */
function refuse(message) {
  process.stderr.write(`${message}\n\n${HELP}`);
  return process.exit(2);
}

/** @param {'lengths' | 'batch-sizes' | 'threads' | 'beams' | 'plain' | 'rounds' | 'new-tokens'} name @param {number} low @param {number} high */
function integers(name, low, high) {
  return given[name].split(',').map((text) => {
    const value = Number(text);
    return Number.isSafeInteger(value) && value >= low && value <= high
      ? value
      : refuse(`--${name} takes whole numbers from ${low} to ${high}, got ${text}.`);
  });
}

const parts = given.parts.split(',');
for (const part of parts)
  if (!['encoder', 'generation', 'profile', 'page'].includes(part)) refuse(`There is no part ${JSON.stringify(part)}.`);
if (!['fp32', 'q8'].includes(given.dtype)) refuse(`--dtype takes fp32 or q8, got ${given.dtype}.`);
const [lengths, batchSizes, threadCounts] = [
  integers('lengths', 16, 1024),
  integers('batch-sizes', 1, 256),
  integers('threads', 1, 256),
];
const beams = integers('beams', 1, 16);
const [[plainLimit], [rounds], [newTokens]] = [
  integers('plain', 0, 1 << 20),
  integers('rounds', 1, 1000),
  integers('new-tokens', 2, 1000),
];
const data = resolve(given.data ?? process.env['HASHEE_DATA'] ?? join(root, '../shared/data'));
const output = resolve(given.output);
const file = join(output, 'long-sources.json');

if (!isInstalled()) await install();
if (!isBuilt()) await build();
const { loadTokenizer } = await import('@hashee/checkpoint');
const { selectSequences } = await import('@hashee/core');
const { compareTimings, describeMachine, interleave } = await import('@hashee/eval');
const { describeOnnx } = await import('@hashee/runtime-onnx');
const { ownEncoder, ownGenerator, plainEncoder } = await import('./long-sources/contenders.mjs');
const { DIVISIONS, exitTables, longSources } = await import('./long-sources/material.mjs');
const { profileEncoder } = await import('./long-sources/profile.mjs');
const { bartConfig, randomWeights } = await import('./long-sources/random-bart.mjs');

const controller = new AbortController();
process.once('SIGINT', () => controller.abort());
const { signal } = controller;
try {
  await main();
} catch (error) {
  process.stderr.write(
    signal.aborted ? 'Interrupted; finished cases are kept.\n' : `${error instanceof Error ? error.message : error}\n`,
  );
  process.exitCode = signal.aborted ? 130 : 1;
}

async function main() {
  const divisions = /** @type {import('./long-sources/material.mjs').Division[]} */ (given.exits.split(','));
  for (const name of divisions)
    if (!Object.hasOwn(DIVISIONS, name)) refuse(`There are no exits ${JSON.stringify(name)}.`);
  const config = bartConfig();
  const measures = parts.some((part) => part !== 'page');
  const tokenizer = measures ? await loadTokenizer(resolve(given.tokenizer), { segments: 0 }) : undefined;
  if (tokenizer) {
    const weights = await randomWeights(config, resolve(given.work), 1, signal);
    const tables = await exitTables({ data, tokenizer, config: config.encoder, divisions, signal });
    const setting = { config, weights, tables, tokenizer };
    for (const threads of threadCounts) {
      if (parts.includes('encoder')) for (const length of lengths) await timeEncoders(setting, threads, length);
      if (parts.includes('generation')) for (const length of lengths) await timeGenerations(setting, threads, length);
      if (parts.includes('profile')) for (const length of lengths) await takeProfiles(setting, threads, length);
    }
  }
  const page = markdown(results());
  write(join(output, 'long-sources.md'), page);
  process.stdout.write(page);
}

/**
 * @typedef {object} Setting
 * @property {import('@hashee/core').SequenceToSequenceConfig} config
 * @property {import('@hashee/core').WeightSource} weights
 * @property {Map<import('./long-sources/material.mjs').Division, import('@hashee/core').ExitTable>} tables
 * @property {import('@hashee/core').Tokenizer} tokenizer
 */

/** @param {Setting} setting @param {number} threads @param {number} length */
async function timeEncoders({ config: { encoder: config }, weights, tables, tokenizer }, threads, length) {
  const { dtype } = given;
  const contenders = [
    await ownEncoder('dense', config, weights, { table: null, threads, dtype, signal }),
    ...(plainLimit > 0 && dtype === 'fp32' ? [await plainEncoder(config, weights, threads)] : []),
  ];
  for (const [name, table] of tables)
    contenders.push(await ownEncoder(name, config, weights, { table, threads, dtype, signal }));
  try {
    for (const batchSize of batchSizes) {
      const { batch, distinct } = await longSources({ data, tokenizer, length, count: batchSize, signal });
      const taking = contenders.filter(({ name }) => name !== 'plain' || batchSize * length <= plainLimit);
      const runs = taking.map((contender) => ({ name: contender.name, run: () => contender.encode(batch) }));
      const { load } = describeMachine();
      const onRun = (/** @type {{ done: number, total: number, name: string }} */ { done, total, name }) =>
        process.stderr.write(`threads ${threads}, ${batchSize} x ${length} tokens: ${name}, ${done} of ${total}\n`);
      await warmUp(taking, batch);
      const timings = await interleave(runs, { rounds, warmup: 0, signal, onRun });
      const [dense] = timings;
      const plain = timings.find(({ name }) => name === 'plain');
      await keep('cases', ['threads', 'length', 'batchSize', 'dtype'], {
        ...{ threads, length, batchSize, dtype, distinct, rounds, load, date: new Date().toISOString() },
        rows: timings.map((timing, index) => ({
          name: timing.name,
          milliseconds: timing.milliseconds,
          cpuMilliseconds: timing.cpuMilliseconds,
          ...taking[index].facts(),
          speedup: compareTimings(dense, timing),
          ...(plain ? { overPlain: compareTimings(plain, timing) } : {}),
        })),
      });
    }
  } finally {
    for (const contender of contenders) await contender.dispose();
  }
}

/**
 * Graphs are compiled and caches filled before anything is timed. Which graphs an encoder with exits needs depends on all of the
 * batch; the others need a few sequences.
 * @param {readonly import('./long-sources/contenders.mjs').EncoderContender[]} contenders
 * @param {import('@hashee/core').TokenBatch} batch
 */
async function warmUp(contenders, batch) {
  const few = selectSequences(
    batch,
    Array.from({ length: Math.min(4, batch.offsets.length - 1) }, (_, b) => b),
  );
  for (const contender of contenders) await contender.encode(contender.hasExits ? batch : few);
}

/** @param {Setting} setting @param {number} threads @param {number} length */
async function timeGenerations({ config, weights, tables, tokenizer }, threads, length) {
  const [[exits, table]] = tables;
  const options = { config, weights, tokenizer, threads, signal };
  const dense = await ownGenerator({ ...options, table: null });
  const withExits = await ownGenerator({ ...options, table });
  try {
    for (const batchSize of batchSizes) {
      const { texts } = await longSources({ data, tokenizer, length, count: batchSize, signal });
      // Graphs are compiled before anything is timed.
      for (const each of [dense, withExits])
        await each.run(texts, { length, newTokens: 2, numBeams: Math.max(...beams) });
      for (const numBeams of beams) {
        process.stderr.write(
          `threads ${threads}, ${batchSize} x ${length} tokens: generation with ${numBeams} beams\n`,
        );
        await keep('generations', ['threads', 'length', 'batchSize', 'numBeams'], {
          ...{ threads, length, batchSize, numBeams, newTokens, exits, date: new Date().toISOString() },
          dense: await dense.run(texts, { length, newTokens, numBeams }),
          withExits: await withExits.run(texts, { length, newTokens, numBeams }),
        });
      }
    }
  } finally {
    await dense.dispose();
    await withExits.dispose();
  }
}

/** @param {Setting} setting @param {number} threads @param {number} length */
async function takeProfiles({ config: { encoder: config }, weights, tables, tokenizer }, threads, length) {
  const [[exits, table]] = tables;
  const [batchSize] = batchSizes;
  const { batch } = await longSources({ data, tokenizer, length, count: batchSize, signal });
  await keep('profiles', ['threads', 'length', 'batchSize'], {
    ...{ threads, length, batchSize, exits, date: new Date().toISOString() },
    dense: await profileEncoder(config, weights, { table: null, threads, batch, runs: rounds }),
    withExits: await profileEncoder(config, weights, { table, threads, batch, runs: rounds }),
  });
}

function results() {
  if (!existsSync(file))
    return /** @type {import('./long-sources/results.mjs').Results} */ ({
      schemaVersion: SCHEMA_VERSION,
      cases: [],
      generations: [],
      profiles: [],
    });
  const known = JSON.parse(readFileSync(file, 'utf8'));
  if (known.schemaVersion !== SCHEMA_VERSION)
    throw new Error(`${file} is of another version. Delete it to measure anew.`);
  return /** @type {import('./long-sources/results.mjs').Results} */ (known);
}

/** @param {'cases' | 'generations' | 'profiles'} list @param {string[]} keys @param {Record<string, unknown>} entry */
async function keep(list, keys, entry) {
  const machine = describeMachine();
  const runtime = await describeOnnx();
  const present = put(/** @type {never} */ (results()), list, keys, entry);
  write(
    file,
    `${JSON.stringify({ ...present, experiment: 'long-sources', command: COMMAND, machine, runtime }, null, 2)}\n`,
  );
}

/** @param {string} path @param {string} text */
function write(path, text) {
  mkdirSync(output, { recursive: true });
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}
