import { onnx } from '@hashee/runtime-onnx';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GenerationOptions, generator, readGenerationConfig, type TextGenerator } from '../src/index.js';
import { goldenModel, readGolden } from './golden-model.js';

describe.each(['bart', 'cpt'])('%s as transformers generates with it', (name) => {
  const golden = readGolden(name);
  const generators = new Map<boolean, TextGenerator>();

  beforeAll(async () => {
    const model = { ...(await goldenModel(name)), generationConfig: {} };
    const forcedEosTokenId = model.config.endTokenIds[0];
    for (const exits of [true, false])
      generators.set(
        exits,
        await generator(model, {
          backend: onnx({ threads: 1 }),
          forcedEosTokenId,
          ...(exits ? {} : { exitTable: null }),
        }),
      );
  });
  afterAll(async () => {
    for (const each of generators.values()) await each.dispose();
  });

  test.each(golden.cases)('$name', async ({ exits, options, tokenIds, scores, texts }) => {
    const width = (options['num_return_sequences'] as number | undefined) ?? 1;
    const settings: GenerationOptions = {
      ...readGenerationConfig(options),
      ...(options['forced_eos_token_id'] === null ? { forcedEosTokenId: null } : {}),
    };
    for (const batchSize of [1, 3, 8]) {
      const results = await generators.get(exits)!.generate(golden.texts, { ...settings, batchSize });
      const sequences = results.flatMap((result) => result.sequences ?? [result]);
      expect(sequences).toHaveLength(golden.texts.length * width);
      expect(sequences.map((sequence) => sequence.tokenIds)).toEqual(tokenIds);
      expect(sequences.map((sequence) => sequence.text)).toEqual(texts);
      for (const [i, sequence] of sequences.entries())
        if (scores) expect(sequence.score).toBeCloseTo(scores[i], 4);
        else expect(sequence.score).toBeUndefined();
    }
  });

  test('texts become the same ids, and ids of any kind the same text', async () => {
    const { tokenizer } = await goldenModel(name);
    expect(golden.texts.map((text) => Array.from(tokenizer.encode(text).inputIds))).toEqual(golden.sources);
    for (const { ids, text } of golden.decoded) expect(tokenizer.decode(ids)).toBe(text);
  });
});
