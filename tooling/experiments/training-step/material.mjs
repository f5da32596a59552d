// The batches that bench-training measures with, and the exit table for them.
import { join } from 'node:path';
import { collate } from '@hashee/core';
import { encodeDataset, readDataset, tasks } from '@hashee/eval';
import { frequencyHash } from '@hashee/hash';
import { epochBatches, mainHead } from '@hashee/train';

const SEED = 1;

/** @param {readonly number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Batches of the first epoch that a training run on SST-2 would have: similar lengths together, batches in random order.
 * @param {object} options
 * @param {import('@hashee/checkpoint').Model} options.model pretrained encoder
 * @param {string} options.data folder of tasks
 * @param {number} options.batches
 * @param {number} options.batchSize
 * @param {number} options.buckets of the frequency hash
 * @param {AbortSignal} [options.signal]
 */
export async function sst2Material({ model: { config, tokenizer }, data, batches, batchSize, buckets, signal }) {
  const { columns, labels, maxLength } = tasks['sst-2'];
  const read = async (/** @type {string} */ split) => {
    const dataset = await readDataset(join(data, 'sst-2', `${split}.tsv`), { columns, labels, signal });
    return { names: dataset.labels, ...(await encodeDataset(dataset, tokenizer, { maxLength, signal })) };
  };
  const { sequences, names } = await read('train');
  const dev = await read('dev');
  const { exitLayer, layers, hash } = await frequencyHash({
    layers: config.layers,
    tokenizer,
    train: sequences,
    dev: dev.sequences,
    buckets,
    signal,
  });
  const lengths = sequences.map(({ inputIds }) => inputIds.length);
  const chosen = epochBatches(lengths, { batchSize, seed: SEED, epoch: 0 })
    .filter(({ length }) => length === batchSize)
    .slice(0, batches)
    .map((indices) => Array.from(indices, (index) => sequences[index]));
  const tokens = chosen.flat().flatMap(({ inputIds }) => Array.from(inputIds));
  return {
    table: { exitLayer, layers, hash },
    spec: {
      seed: SEED,
      heads: [mainHead(config, 'sequence-classification', names)],
      losses: [/** @type {const} */ ({ head: 'main', kind: 'cross-entropy' })],
    },
    batches: chosen.map((rows) => ({
      batch: collate(rows),
      labels: Int32Array.from(rows, ({ label }) => /** @type {number} */ (label)),
    })),
    /** For PyTorch, as JSON. */
    rows: chosen.map((rows) => ({
      inputIds: rows.map(({ inputIds }) => Array.from(inputIds)),
      labels: rows.map(({ label }) => label),
    })),
    tokensPerBatch: tokens.length / chosen.length,
    meanExitLayer: mean(tokens.map((id) => exitLayer[id])),
  };
}
