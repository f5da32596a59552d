import { loadModel, type Model } from '@hashee/checkpoint';
import { type Backend, collate, type LabelledSequence } from '@hashee/core';
import { encodeDataset, loadSplit } from '@hashee/eval';
import { directory } from '@hashee/model-sst2';
import { onnx } from '@hashee/runtime-onnx';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkEngines, type EngineName, tfjs } from '../src/index.js';
import { dataDirectory } from './data-directory.js';
import { difference } from './golden-files.js';

const native = (await checkEngines()).find(({ engine }) => engine === 'node')!;
if (!dataDirectory) console.warn('The default model is not compared: set HASHEE_DATA to the folder of the tasks.');

/** From all over the file. */
const SENTENCES = 24;
/** The shortest of them: plain JavaScript takes seconds for the others. */
const SENTENCES_ON_CPU = 2;

async function answers(
  backend: Backend,
  model: Model,
  exits: boolean,
  sequences: readonly LabelledSequence[],
): Promise<{ logits: Float32Array; tokens: readonly number[] }> {
  const encoder = await backend.load(model, exits ? {} : { exitTable: null });
  const { logits, account } = await encoder.forward(collate(sequences));
  await encoder.dispose();
  return { logits, tokens: account.activeTokens };
}

describe.skipIf(!dataDirectory)('the default model on sentences of SST-2 dev, as on ONNX Runtime', () => {
  let model: Model;
  let sequences: readonly LabelledSequence[];

  beforeAll(async () => {
    model = await loadModel(directory, { localFilesOnly: true });
    const dev = await loadSplit('sst-2', 'dev', { directory: dataDirectory });
    const every = Math.floor(dev.examples.length / SENTENCES);
    const examples = dev.examples.filter((_, i) => i % every === 0).slice(0, SENTENCES);
    ({ sequences } = await encodeDataset({ ...dev, examples }, model.tokenizer));
  });

  async function compare(engine: EngineName, exits: boolean, given: readonly LabelledSequence[]): Promise<void> {
    const expected = await answers(onnx({ threads: 1 }), model, exits, given);
    const actual = await answers(tfjs({ engine }), model, exits, given);
    expect(difference(actual.logits, expected.logits)).toBeLessThan(1e-4);
    expect(actual.tokens).toEqual(expected.tokens);
    // The sentences are told apart: the agreement isn't that of constants.
    expect(Math.max(...expected.logits) - Math.min(...expected.logits)).toBeGreaterThan(1);
  }

  test.each([true, false])('wasm, with exits: %s', { timeout: 60_000 }, async (exits) => {
    await compare('wasm', exits, sequences);
  });

  test.skipIf(!native.works).each([true, false])('node, with exits: %s', { timeout: 60_000 }, async (exits) => {
    await compare('node', exits, sequences);
  });

  test.each([true, false])('cpu, with exits: %s', { timeout: 60_000 }, async (exits) => {
    const shortest = sequences.toSorted((a, b) => a.inputIds.length - b.inputIds.length).slice(0, SENTENCES_ON_CPU);
    await compare('cpu', exits, shortest);
  });
});
