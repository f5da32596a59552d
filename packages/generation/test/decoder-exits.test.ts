import { collate, type ExitTable } from '@hashee/core';
import { onnx } from '@hashee/runtime-onnx';
import { expect, test } from 'vitest';
import { generator } from '../src/index.js';
import { goldenModel, readGolden } from './golden-model.js';

test.each(['bart', 'cpt'])('%s with exits in the decoder says what a decoder without a cache says', async (name) => {
  const model = await goldenModel(name);
  const { decoder, encoder, decoderStartTokenId, sourceSegment } = model.config;
  const exitLayer = Uint8Array.from({ length: encoder.vocabSize }, (_, id) => 1 + (id % decoder.layers));
  const decoderExitTable: ExitTable = { layers: decoder.layers, exitLayer, hash: { name: 'custom', parameters: {} } };
  const backend = onnx({ threads: 1 });
  const write = await generator(model, {
    ...{ backend, decoderExitTable, maxLength: 10, numBeams: 1, noRepeatNgramSize: 0, minLength: 0 },
    ...{ forcedBosTokenId: null, forcedEosTokenId: null },
  });
  const { texts } = readGolden(name);
  const { results, summary } = await write.run(texts);
  expect(summary.decoder.meanExitLayer).toBeLessThan(decoder.layers);
  expect(summary.decoder.macs).toBeLessThan(summary.decoder.denseMacs);
  expect(summary.countedSpeedup).toBeGreaterThan(1);

  // The best token each time, every prefix from its beginning.
  const loaded = await backend.loadSequenceToSequence!(model, { decoderExitTable });
  for (const [index, text] of texts.entries()) {
    const { inputIds } = model.tokenizer.encode(text);
    const tokenTypeIds = new Uint8Array(inputIds.length).fill(sourceSegment);
    const { tokenIds } = results[index];
    for (let length = 1; length < tokenIds.length - 1; length++) {
      const decoding = await loaded.begin(collate([{ inputIds, tokenTypeIds }]));
      const scores = await decoding.append(Int32Array.from(tokenIds.slice(0, length)));
      const best = scores.indexOf(scores.reduce((most, score) => Math.max(most, score)));
      expect(best, `text ${index}, token ${length}`).toBe(tokenIds[length]);
      decoding.dispose();
    }
    expect(tokenIds[0]).toBe(decoderStartTokenId);
  }
  await Promise.all([write.dispose(), loaded.dispose()]);
});
