import { join } from 'node:path';
import { loadSequenceToSequence } from '@hashee/checkpoint';
import { type GenerationOptions, generator } from '@hashee/generation';
import { onnx } from '@hashee/runtime-onnx';
import { AutoModelForSeq2SeqLM, AutoTokenizer, env, pipeline } from '@huggingface/transformers';
import { beforeAll, describe, expect, test } from 'vitest';
import { SOURCES, writeEncoderDecoder } from './encoder-decoder-folder.js';
import { run } from './run.js';
import { temporaryFolder } from './temporary-folder.js';

beforeAll(() => {
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.localModelPath = '/';
});

/** The ids that transformers.js generates for one text. */
async function idsOf(folder: string, text: string, options: Record<string, unknown>): Promise<number[]> {
  const tokenizer = await AutoTokenizer.from_pretrained(folder);
  const model = await AutoModelForSeq2SeqLM.from_pretrained(folder, { dtype: 'fp32' });
  try {
    const ids = (await model.generate({ ...tokenizer(text, { truncation: true }), ...options })) as {
      tolist(): bigint[][];
    };
    return ids.tolist()[0].map(Number);
  } finally {
    await model.dispose();
  }
}

describe.each(['bart', 'cpt'] as const)('transformers.js runs an exported %s unchanged', (family) => {
  test('token for token', async () => {
    const folder = await temporaryFolder();
    const model = join(folder, 'model');
    await writeEncoderDecoder(model, family);
    const output = join(folder, 'exported');
    const { code, stderr, lines } = await run(['export', model, '--output', output]);
    expect([code, stderr]).toEqual([0, '']);
    const names = ['encoder_model', 'decoder_model_merged'];
    expect(lines.map((line) => line.split(/\s+/)[0])).toEqual(
      ['', '_quantized'].flatMap((suffix) => names.map((name) => join(output, 'onnx', `${name}${suffix}.onnx`))),
    );

    const ours = await generator(await loadSequenceToSequence(output), { backend: onnx({ threads: 1 }) });
    const cases: readonly (readonly [GenerationOptions, Record<string, unknown>])[] = [
      [{ maxNewTokens: 12 }, { max_new_tokens: 12 }],
      [
        { maxNewTokens: 20, noRepeatNgramSize: 2, minLength: 12, repetitionPenalty: 1.3 },
        { max_new_tokens: 20, no_repeat_ngram_size: 2, min_length: 12, repetition_penalty: 1.3 },
      ],
      [
        { maxNewTokens: 9, forcedBosTokenId: 5, forcedEosTokenId: 7 },
        { max_new_tokens: 9, forced_bos_token_id: 5, forced_eos_token_id: 7 },
      ],
    ];
    for (const [settings, options] of cases)
      for (const text of SOURCES) {
        const { tokenIds } = await ours.generate(text, settings);
        expect(await idsOf(output, text, options)).toEqual(tokenIds);
      }

    const expected = await Promise.all(
      SOURCES.map(async (text) => (await ours.generate(text, { maxNewTokens: 12 })).text),
    );
    await ours.dispose();
    for (const [task, key] of [
      ['summarization', 'summary_text'],
      ['text2text-generation', 'generated_text'],
    ] as const)
      for (const dtype of ['fp32', 'q8'] as const) {
        const theirs = await pipeline(task, output, { dtype });
        for (const [i, text] of SOURCES.entries()) {
          const [answer] = (await theirs(text, { max_new_tokens: 12 } as object)) as unknown as Record<
            string,
            string
          >[];
          if (dtype === 'fp32') expect(answer[key]).toBe(expected[i]);
          else expect(answer[key]).toBeTypeOf('string');
        }
        await theirs.dispose();
      }
  });
});
