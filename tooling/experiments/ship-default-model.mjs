// Makes packages/model-sst2/model from the first-light experiment: the HashEE run that is best on dev, stored as 8-bit
// integers, with what it reaches then. Run it when nothing else runs: it measures speed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, commandFile, install, isBuilt, isInstalled, root } from '../scripts/workspace.mjs';

const { values: given } = parseArgs({
  options: {
    'skip-speed': { type: 'boolean', default: false },
    method: { type: 'string', default: 'hashee-moved-taught' },
    results: { type: 'string', default: join(root, 'results/first-light.json') },
    work: { type: 'string', default: join(root, '.cache/experiments/first-light') },
    data: { type: 'string', default: process.env.HASHEE_DATA ?? join(root, '../shared/data') },
    output: { type: 'string', default: join(root, 'packages/model-sst2/model') },
  },
});
if (!isInstalled()) await install();
if (!isBuilt()) await build();
const { loadModel, saveModel } = await import('@hashee/checkpoint');

const hashee = (...words) =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [commandFile, ...words, '--task', 'sst-2', '--data', resolve(given.data), '--json'],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    ),
  );

const results = JSON.parse(readFileSync(given.results, 'utf8'));
const runs = results.runs.filter(({ method }) => method === given.method);
if (runs.length === 0)
  throw new Error(`${given.results} has no run of ${given.method}. Make it with npm run experiment:first-light.`);
const best = runs.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
const dense = results.runs.find(({ method, seed }) => method === 'dense' && seed === best.seed);
if (!dense) throw new Error(`${given.results} has no dense run of seed ${best.seed} to compare with.`);
const base = await loadModel(join(given.work, `${best.method}-${best.seed}`));

/** The model as it will be shipped, with the given words about itself. */
async function save(directory, metadata) {
  const { config, heads, weights, exitTable } = base;
  await saveModel(directory, { base, config, heads, weights, exitTable, metadata, dtype: 'q8' }, { overwrite: true });
}

const { limit, ...settings } = results.adapt;
const adapted = best.method.startsWith('hashee-moved')
  ? { from: 'the dense model of seed 1', texts: 'SST-2 train and sentences of IMDb train, without labels', ...settings }
  : { from: 'the pretrained encoder', limit, ...settings };
const metadata = {
  ...base.metadata,
  baseModel: 'sentence-transformers/all-MiniLM-L6-v2',
  license: 'apache-2.0',
  training: { ...base.metadata.training, adapted },
};
const trial = mkdtempSync(join(tmpdir(), 'hashee-ship-'));
try {
  await save(trial, metadata);
  const { metrics } = hashee('evaluate', '--model', trial);
  const bench = given['skip-speed'] ? { cells: [] } : hashee('bench', '--model', trial, '--what', 'end-to-end');
  const speed = bench.cells.map(({ threads, batchSize, dense: all, exits, speedup }) => ({
    name: 'sequences/s',
    value: Math.round(exits.sequencesPerSecond),
    dense: Math.round(all.sequencesPerSecond),
    dataset: 'sst-2',
    split: 'dev',
    conditions: { threads, batchSize, processor: bench.machine.processor, speedup: Number(speedup.median.toFixed(2)) },
  }));
  const accuracy = {
    name: 'accuracy',
    value: Number(metrics.accuracy.toFixed(4)),
    dense: Number(dense.accuracy.toFixed(4)),
    dataset: 'sst-2',
    split: 'dev',
    conditions: {
      seed: best.seed,
      weights: '8-bit integers (dense model: float32)',
      before: Number(best.accuracy.toFixed(4)),
    },
  };
  await save(resolve(given.output), { ...metadata, quality: [accuracy], speed });
  process.stdout.write(`${given.output}: seed ${best.seed}, accuracy ${accuracy.value} (dense ${accuracy.dense})\n`);
} finally {
  rmSync(trial, { recursive: true, force: true });
}
