import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { collate, type ExitTable, type TokenBatch } from '@hashee/core';
import { onnx } from '@hashee/runtime-onnx';
import { InferenceSession } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { denseFeeds, type Feeds, paddedFeeds } from '../src/graph/feeds.js';
import { prepareModel } from '../src/models/prepare-model.js';
import { GRAPH_FILES } from '../src/rows/graph-rows.js';
import { peerSessionOptions } from '../src/rows/session-options.js';
import { temporaryFolder } from './temporary-folder.js';
import { writeTinyModel } from './tiny-model.js';

const folder = await temporaryFolder();
const model = await writeTinyModel(join(folder, 'model'));
const { peers } = await prepareModel({
  cache: join(folder, 'cache'),
  model: model.directory,
  shape: 'default',
  seed: 1,
});
const texts = [
  'A great film.',
  'So dull!',
  'The plot, if there is one, goes nowhere; but what music, and what actors.',
];
const batch = collate(texts.map((text) => model.tokenizer.encode(text)));

async function ours(dtype: string, exitTable: ExitTable | null): Promise<Float32Array> {
  const encoder = await onnx({ threads: 1 }).load(model, { dtype, exitTable });
  const { logits } = await encoder.forward(batch);
  await encoder.dispose();
  return logits;
}

async function theirs(file: string, feeds: Feeds): Promise<Float32Array> {
  const session = await InferenceSession.create(join(peers, 'onnx', file), peerSessionOptions(1));
  const { logits } = await session.run(feeds);
  await session.release();
  return logits.data as Float32Array;
}

function addsIn32Bits(): boolean {
  if (process.arch === 'arm64') return true;
  return process.platform === 'linux' && /_vnni|amx_int8/.test(readFileSync('/proc/cpuinfo', 'utf8'));
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length);
  return Math.max(...a.map((value, i) => Math.abs(value - b[i])));
}

const table = model.exitTable ?? null;
const kinds = [
  ['dense', null, (tokens: TokenBatch) => denseFeeds(tokens, model.config)],
  ['padded', table, (tokens: TokenBatch) => paddedFeeds(tokens, model.config, table ?? undefined)],
] as const;

test.each(kinds)("the %s graph gives the runtime's logits", async (kind, exits, feedsOf) => {
  const exact = await ours('fp32', exits);
  expect(largestDifference(exact, await theirs(GRAPH_FILES[kind].fp32, feedsOf(batch)))).toBeLessThan(1e-4);
  // Peers quantise to the full range, as others export; where the processor adds pairs in 16 bits their sums overflow.
  if (!addsIn32Bits()) return;
  // By what 8 bits make of it in our own runtime.
  const spread = largestDifference(exact, await ours('q8', exits));
  expect(largestDifference(exact, await theirs(GRAPH_FILES[kind].q8, feedsOf(batch)))).toBeLessThan(5 * spread + 1e-4);
});

test('exits change the answers, so the graphs really leave something out', async () => {
  expect(largestDifference(await ours('fp32', null), await ours('fp32', table))).toBeGreaterThan(1e-3);
});
