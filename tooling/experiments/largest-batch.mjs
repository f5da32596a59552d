// The largest batch that fits under a memory limit: the default model dense, and with its exits. See README.md.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { build, install, isBuilt, isInstalled, root } from '../scripts/workspace.mjs';

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '300,400,600' },
    length: { type: 'string', default: '128' },
    data: { type: 'string', default: process.env['HASHEE_DATA'] ?? `${root}/../shared/data` },
    output: { type: 'string' },
  },
});
if (!isInstalled()) await install();
if (!isBuilt()) await build();
const { loadModel } = await import('@hashee/checkpoint');
const { describeMachine, encodeDataset, largestBatch, loadSplit } = await import('@hashee/eval');
const { directory } = await import('@hashee/model-sst2');

const controller = new AbortController();
process.once('SIGINT', () => controller.abort());

const length = Number(values.length);
const { tokenizer } = await loadModel(directory);
const reviews = await loadSplit('imdb', 'dev', { directory: values.data });
// Reviews that fill it: all sequences are equally long, so that a batch is told by its size alone.
const sequences = (await encodeDataset(reviews, tokenizer, { maxLength: length })).sequences
  .filter(({ inputIds }) => inputIds.length === length)
  .map(({ inputIds, tokenTypeIds }) => ({ inputIds, tokenTypeIds }));

const task = new URL('./largest-batch/run-batch.mjs', import.meta.url);
const rows = [];
for (const megabytes of values.megabytes.split(',').map(Number))
  for (const exits of [false, true]) {
    const { batchSize, attempts } = await largestBatch(
      task,
      { directory, exits, sequences },
      { memoryLimitBytes: megabytes * 2 ** 20, highest: sequences.length, signal: controller.signal },
    );
    const fitting = attempts.filter(({ fits }) => fits).map(({ peakMemoryBytes }) => peakMemoryBytes / 2 ** 20);
    rows.push({ megabytes, model: exits ? 'exits' : 'dense', batchSize, peak: Math.round(Math.max(0, ...fitting)) });
    process.stderr.write(`${megabytes} MiB, ${exits ? 'exits' : 'dense'}: ${batchSize}\n`);
  }
console.log(
  `Largest batch of sequences of ${length} tokens (IMDb) in a process of at most so many MiB, fp32, one thread.`,
);
console.table(rows);
if (values.output)
  writeFileSync(
    values.output,
    `${JSON.stringify({ version: 1, length, rows, machine: describeMachine() }, undefined, 1)}\n`,
  );
