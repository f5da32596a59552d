import { cp, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decoderTensors, encoderTensors } from '@hashee/core';
import { describe, expect, it } from 'vitest';
import {
  isSequenceToSequence,
  isSequenceToSequenceFolder,
  loadAnyModel,
  loadModel,
  loadSequenceToSequence,
  loadSequenceToSequenceCheckpoint,
  readSafetensors,
  saveSequenceToSequence,
  type TensorToWrite,
  writeSafetensors,
} from '../src/index.js';
import { failure } from './failure.js';
import { temporaryFolder } from './temporary-folder.js';

const RUNTIME = join(import.meta.dirname, '..', '..', 'runtime-onnx', 'test', 'golden');
const GENERATION = join(import.meta.dirname, '..', '..', 'generation', 'test', 'golden');

interface Changes {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly rename?: (name: string) => readonly string[];
  readonly add?: readonly TensorToWrite[];
}

/** A copy of a golden model with other names, tensors or settings. */
async function changed(source: string, { config = {}, rename, add = [] }: Changes): Promise<string> {
  const folder = await temporaryFolder();
  await cp(source, folder, { recursive: true });
  const path = join(folder, 'config.json');
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...config }));
  const files = await readSafetensors(join(source, 'model.safetensors'));
  const tensors = files.names().flatMap((stored) =>
    (rename?.(stored) ?? [stored]).map((name) => ({
      name,
      dtype: files.dtype(stored),
      shape: files.shape(stored),
      read: () => files.readRaw(stored),
    })),
  );
  await writeSafetensors(join(folder, 'model.safetensors'), [...tensors, ...add] as TensorToWrite[]);
  return folder;
}

describe('encoder-decoders', () => {
  it.each(['bart', 'bart-scaled', 'cpt'])('%s: every tensor under its canonical name', async (name) => {
    const { config, weights } = await loadSequenceToSequenceCheckpoint(join(RUNTIME, name));
    for (const [tensor, shape] of [...encoderTensors(config.encoder), ...decoderTensors(config)]) {
      // BartModel saves no bias.
      if (name === 'bart-scaled' && tensor === 'decoder.vocabulary.bias') {
        expect(weights.names()).not.toContain(tensor);
        continue;
      }
      expect(weights.shape(tensor)).toEqual(shape);
      expect(await weights.read(tensor)).toHaveLength(shape.reduce((product, size) => product * size, 1));
    }
    expect(await weights.read('decoder.vocabulary.weight')).toEqual(await weights.read('embeddings.word'));
  });

  it('reads sizes, and what the two families do differently', async () => {
    const { config: bart } = await loadSequenceToSequenceCheckpoint(join(RUNTIME, 'bart-scaled'));
    expect(bart).toMatchObject({
      modelType: 'bart',
      sourceSegment: 0,
      decoderStartTokenId: 2,
      endTokenIds: [2],
      padTokenId: 1,
      encoder: { layers: 4, positionOffset: 2, typeVocabSize: 0, layerNormEpsilon: 1e-5, activation: 'gelu_tanh' },
      decoder: { layers: 3, heads: 4, headSize: 6, intermediateSize: 40, maxLength: 12, positionOffset: 2 },
    });
    expect([bart.encoder.embeddingScale, bart.decoder.embeddingScale]).toEqual([Math.sqrt(24), Math.sqrt(24)]);
    const { config: cpt } = await loadSequenceToSequenceCheckpoint(join(RUNTIME, 'cpt'));
    // Two of the six layers are for understanding tasks; the decoder reads below them.
    expect(cpt).toMatchObject({
      modelType: 'cpt',
      sourceSegment: 1,
      padTokenId: 0,
      encoder: { layers: 4, positionOffset: 0, typeVocabSize: 2, layerNormEpsilon: 1e-12 },
      decoder: { layers: 2, positionOffset: 2, layerNormEpsilon: 1e-5 },
    });
  });

  it("reads BART's dropout after activations for both sides, CPT's encoder has none there", async () => {
    const config = { activation_dropout: 0.3 };
    const dropoutOf = async (name: string): Promise<(number | undefined)[]> => {
      const folder = await changed(join(RUNTIME, name), { config });
      const { encoder, decoder } = (await loadSequenceToSequenceCheckpoint(folder)).config;
      return [encoder.dropout.activation, decoder.dropout.activation];
    };
    expect(await dropoutOf('bart')).toEqual([0.3, 0.3]);
    expect(await dropoutOf('cpt')).toEqual([undefined, 0.3]);
    const { config: without } = await loadSequenceToSequenceCheckpoint(join(RUNTIME, 'bart'));
    expect(without.encoder.dropout).not.toHaveProperty('activation');
  });

  it('reads how to generate from generation_config.json, else from config.json', async () => {
    const bart = await loadSequenceToSequence(join(GENERATION, 'bart'));
    expect(bart.generationConfig).toMatchObject({ num_beams: 2, max_length: 16, early_stopping: true });
    const config = {
      ...{
        num_beams: 4,
        no_repeat_ngram_size: 3,
        forced_eos_token_id: 102,
        num_return_sequences: 2,
        min_new_tokens: 2,
      },
      // What a generator refuses it has to be told of.
      ...{
        encoder_no_repeat_ngram_size: 3,
        bad_words_ids: [[5]],
        num_beam_groups: 2,
        diversity_penalty: 0.5,
        typical_p: 0.9,
      },
    };
    const folder = await changed(join(RUNTIME, 'cpt'), { config });
    const { generationConfig } = await loadSequenceToSequenceCheckpoint(folder);
    expect(generationConfig).toMatchObject({ ...config, eos_token_id: 3, decoder_start_token_id: 3 });
    expect(generationConfig).not.toHaveProperty('d_model');
    const cpt = await changed(join(RUNTIME, 'cpt'), { config: { forced_eos_token_id: undefined } });
    expect((await loadSequenceToSequenceCheckpoint(cpt)).generationConfig).not.toHaveProperty('forced_eos_token_id');
  });

  it('takes what BartConfig takes where an older config.json says nothing', async () => {
    const config = { forced_eos_token_id: undefined, decoder_start_token_id: undefined, bos_token_id: 0 };
    const older = { ...config, force_bos_token_to_be_generated: true };
    const load = async (values: Readonly<Record<string, unknown>>) =>
      loadSequenceToSequenceCheckpoint(await changed(join(RUNTIME, 'bart'), { config: values }));
    const loaded = await load(older);
    expect(loaded.generationConfig).toMatchObject({ forced_eos_token_id: 2, forced_bos_token_id: 0 });
    expect(loaded.config.decoderStartTokenId).toBe(2);
    const { generationConfig } = await load({ ...config, forced_eos_token_id: null });
    expect(generationConfig['forced_eos_token_id']).toBeNull();
    expect(generationConfig).not.toHaveProperty('forced_bos_token_id');
  });

  it("CPT's encoder has the positions of its file, which may be fewer than config.json says", async () => {
    const name = 'model.encoder.embeddings.position_embeddings.weight';
    const files = await readSafetensors(join(GENERATION, 'cpt', 'model.safetensors'));
    const [rows, H] = files.shape(name);
    const values = await files.read(name);
    const fewer: TensorToWrite = {
      name,
      dtype: 'F32',
      shape: [rows - 4, H],
      read: () => values.slice(0, (rows - 4) * H),
    };
    const rename = (stored: string): string[] => (stored === name ? [] : [stored]);
    const checkpoint = await loadSequenceToSequence(await changed(join(GENERATION, 'cpt'), { rename, add: [fewer] }));
    const { config, weights } = checkpoint;
    expect([config.encoder.maxLength, config.decoder.maxLength]).toEqual([rows - 4, rows]);
    expect(await weights.read('embeddings.position')).toHaveLength((rows - 4) * H);
    const saved = join(await temporaryFolder(), 'saved');
    await saveSequenceToSequence(saved, { ...checkpoint, base: checkpoint });
    expect((await loadSequenceToSequenceCheckpoint(saved)).config).toEqual(config);
  });

  it('takes the word table from whichever copy was kept', async () => {
    const plain = await loadSequenceToSequenceCheckpoint(join(RUNTIME, 'cpt'));
    for (const kept of ['model.encoder.embeddings.word_embeddings.weight', 'model.decoder.embed_tokens.weight']) {
      const rename = (name: string): string[] =>
        (/shared|word_embeddings|embed_tokens|lm_head/.test(name) ? name === kept : true) ? [name] : [];
      const { weights } = await loadSequenceToSequenceCheckpoint(await changed(join(RUNTIME, 'cpt'), { rename }));
      for (const name of ['embeddings.word', 'decoder.vocabulary.weight'])
        expect(await weights.read(name)).toEqual(await plain.weights.read(name));
    }
  });

  it('an untied vocabulary is a matrix of its own', async () => {
    const values = Float32Array.from({ length: 60 * 24 }, (_, i) => i);
    const head: TensorToWrite = { name: 'lm_head.weight', dtype: 'F32', shape: [60, 24], read: () => values };
    const config = { tie_word_embeddings: false };
    const folder = await changed(join(RUNTIME, 'bart'), { config, add: [head] });
    const { weights } = await loadSequenceToSequenceCheckpoint(folder);
    expect(await weights.read('decoder.vocabulary.weight')).toEqual(values);
    const without = await changed(join(RUNTIME, 'bart'), { config });
    const error = await failure(loadSequenceToSequenceCheckpoint(without));
    expect([error.code, error.fields['name']]).toEqual(['INVALID_CHECKPOINT', 'lm_head.weight']);
  });

  it('has the exit table of hashee.json, for the layers that the decoder reads', async () => {
    const { tokenizer, config } = await loadSequenceToSequence(join(GENERATION, 'cpt'));
    const exitLayer = Uint8Array.from({ length: config.encoder.vocabSize }, (_, id) => 1 + (id % 4));
    const layers: TensorToWrite = {
      name: 'hashee.exit_layers',
      dtype: 'U8',
      shape: [exitLayer.length],
      read: () => exitLayer,
    };
    const folder = await changed(join(GENERATION, 'cpt'), { add: [layers] });
    const file = {
      formatVersion: 1,
      layers: 4,
      vocabulary: exitLayer.length,
      heads: [],
      exitTable: { tensor: 'hashee.exit_layers', hash: { name: 'frequency', parameters: {} } },
      tokenizerFingerprint: tokenizer.fingerprint,
    };
    const write = (changes: object): Promise<void> =>
      writeFile(join(folder, 'hashee.json'), JSON.stringify({ ...file, ...changes }));
    await write({});
    expect((await loadSequenceToSequence(folder)).exitTable).toMatchObject({ layers: 4, exitLayer });
    for (const changes of [{ layers: 6 }, { tokenizerFingerprint: 'another' }]) {
      await write(changes);
      expect((await failure(loadSequenceToSequence(folder))).code).toBe('TABLE_MISMATCH');
    }
  });

  it('decodes what it encoded', async () => {
    const { tokenizer } = await loadSequenceToSequence(join(GENERATION, 'bart'));
    const text = 'Résumé: 3,200 sheep, and a naïve "hope" 🙂.';
    expect(tokenizer.decode(tokenizer.encode(text).inputIds)).toBe(text);
    expect(tokenizer.decode([])).toBe('');
    // As transformers does: a model may have more rows than its tokenizer has words.
    const { vocabSize } = tokenizer;
    const [first, ...rest] = tokenizer.encode(text).inputIds;
    expect(tokenizer.decode([vocabSize, first, vocabSize + 7, ...rest, vocabSize])).toBe(text);
    expect(tokenizer.decode([vocabSize])).toBe('');
  });

  it('is told from an encoder by its config.json alone, which is read with care', async () => {
    const encoder = join(import.meta.dirname, 'golden', 'families', 'bert');
    const sources = [join(RUNTIME, 'bart'), join(RUNTIME, 'cpt'), encoder, 'owner/name', await temporaryFolder()];
    expect(await Promise.all(sources.map(isSequenceToSequenceFolder))).toEqual([true, true, false, false, false]);
    expect(isSequenceToSequence(await loadAnyModel(join(GENERATION, 'bart')))).toBe(true);
    const folder = await temporaryFolder();
    const config = join(folder, 'config.json');
    const told = async (text: string): Promise<boolean> => {
      await writeFile(config, text);
      return isSequenceToSequenceFolder(folder);
    };
    expect(await told('{"model_type": "bert", "note": {"model_type": "bart"}}')).toBe(false);
    expect(await told('{"model_type": ["bart"]}')).toBe(false);
    for (const text of ['{"model_type": "bart"', '[]', '['.repeat(1e5)])
      expect((await failure(told(text))).code).toBe('INVALID_CONFIG');
    await truncate(config, (16 << 20) + 1);
    expect((await failure(isSequenceToSequenceFolder(folder))).message).toContain('at most');
  });

  it('refuses what it cannot read', async () => {
    const codeOf = async (changes: Changes, source = join(RUNTIME, 'bart')): Promise<string> =>
      (await failure(loadSequenceToSequenceCheckpoint(await changed(source, changes)))).code;
    expect(await codeOf({ config: { model_type: 'mbart' } })).toBe('UNSUPPORTED');
    expect(await codeOf({ config: { normalize_before: true } })).toBe('UNSUPPORTED');
    expect(await codeOf({ config: { activation_function: 'swish' } })).toBe('UNSUPPORTED');
    expect(await codeOf({ config: { decoder_attention_heads: 5 } })).toBe('INVALID_CONFIG');
    expect(await codeOf({ config: { decoder_start_token_id: 60 } })).toBe('INVALID_CONFIG');
    expect(await codeOf({ config: { eos_token_id: ['2'] } })).toBe('INVALID_CONFIG');
    expect(await codeOf({ config: { d_model: 1e9 } })).toBe('INVALID_CONFIG');
    expect(await codeOf({ config: { decoder_layers: 300 } })).toBe('INVALID_CONFIG');
    expect(await codeOf({ config: { encoder_layers: 2 } }, join(RUNTIME, 'cpt'))).toBe('INVALID_CONFIG');
    expect(await codeOf({ config: { vocab_size: 61 } })).toBe('INVALID_CHECKPOINT');
    expect(await codeOf({ rename: (name) => (name.endsWith('layers.1.fc2.bias') ? [] : [name]) })).toBe(
      'INVALID_CHECKPOINT',
    );
    const error = await failure(loadModel(join(RUNTIME, 'bart')));
    expect([error.code, error.message]).toEqual(['UNSUPPORTED', expect.stringContaining('loadSequenceToSequence')]);
    const encoder = join(import.meta.dirname, 'golden', 'families', 'bert');
    expect((await failure(loadSequenceToSequence(encoder))).message).toContain('loadModel');
  });
});
