import { cp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryWeights } from '@hashee/core';
import { describe, expect, it } from 'vitest';
import {
  loadSequenceToSequence,
  readSafetensors,
  type SequenceToSequence,
  type SequenceToSequenceToSave,
  saveSequenceToSequence,
} from '../src/index.js';
import { failure } from './failure.js';
import { temporaryFolder } from './temporary-folder.js';

const GENERATION = join(import.meta.dirname, '..', '..', 'generation', 'test', 'golden');

async function source(name: string): Promise<{ loaded: SequenceToSequence; model: SequenceToSequenceToSave }> {
  const loaded = await loadSequenceToSequence(join(GENERATION, name));
  const { layers, vocabSize } = loaded.config.encoder;
  const exitLayer = Uint8Array.from({ length: vocabSize }, (_, id) => 1 + (id % layers));
  const model = {
    base: loaded,
    config: loaded.config,
    weights: loaded.weights,
    exitTable: { layers, exitLayer, hash: { name: 'frequency', parameters: { from: 'test' } } },
    decoderExitTable: {
      layers: loaded.config.decoder.layers,
      exitLayer: Uint8Array.from({ length: vocabSize }, (_, id) => 1 + (id % loaded.config.decoder.layers)),
      hash: { name: 'custom', parameters: {} },
    },
    generationConfig: { ...loaded.generationConfig, num_beams: 3 },
    metadata: { training: { task: 'summarization' } },
  };
  return { loaded, model };
}

async function json(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
}

describe.each(['bart', 'cpt'])('saving %s', (name) => {
  it('loads as it was', async () => {
    const { loaded, model } = await source(name);
    const folder = join(await temporaryFolder(), 'saved');
    await saveSequenceToSequence(folder, model);
    const again = await loadSequenceToSequence(folder);
    expect(again.config).toEqual(loaded.config);
    expect(again.exitTable).toMatchObject(model.exitTable!);
    expect(again.decoderExitTable).toMatchObject(model.decoderExitTable!);
    expect(again.metadata).toMatchObject(model.metadata!);
    expect(again.generationConfig).toMatchObject({ num_beams: 3, eos_token_id: loaded.config.endTokenIds[0] });
    expect(again.tokenizer.fingerprint).toBe(loaded.tokenizer.fingerprint);
    expect([...again.weights.names()].sort()).toEqual([...loaded.weights.names()].sort());
    for (const tensor of loaded.weights.names())
      expect(await again.weights.read(tensor)).toEqual(await loaded.weights.read(tensor));
    const config = await json(join(folder, 'config.json'));
    // CPT goes by BART's type, so that other programs find a class for it.
    expect([config['model_type'], config['is_encoder_decoder'], config['encoder_layers']]).toEqual([
      'bart',
      true,
      loaded.huggingFaceConfig['encoder_layers'],
    ]);
    // transformers refuses integers where it wants floats.
    expect(await readFile(join(folder, 'config.json'), 'utf8')).toContain('"encoder_layerdrop": 0.0,');
    const card = await readFile(join(folder, 'README.md'), 'utf8');
    expect(card).toContain('pipeline_tag: summarization');
    for (const [of, table] of [
      ['encoder', model.exitTable!],
      ['decoder', model.decoderExitTable!],
    ] as const) {
      const counts = Array.from(
        { length: table.layers },
        (_, index) => `| ${index + 1} | ${table.exitLayer.filter((layer) => layer === index + 1).length} |`,
      );
      expect(card).toMatch(new RegExp(`## Exits of the ${of}\n[^#]* hash ${table.hash.name};`));
      expect(
        card
          .split(`## Exits of the ${of}`)[1]
          .split('\n')
          .slice(6, 6 + table.layers),
      ).toEqual(counts);
    }
  });

  it('says so where only the decoder has exits', async () => {
    const { model } = await source(name);
    const folder = join(await temporaryFolder(), 'saved');
    await saveSequenceToSequence(folder, { ...model, exitTable: undefined });
    const card = await readFile(join(folder, 'README.md'), 'utf8');
    expect(card).toContain('- early-exit\n');
    expect(card).toContain('## Exits of the decoder');
    expect(card).not.toContain('## Exits of the encoder');
  });

  it('stores a tied vocabulary once, and another one beside the word table', async () => {
    const { loaded, model } = await source(name);
    const folder = join(await temporaryFolder(), 'saved');
    await saveSequenceToSequence(folder, model);
    const files = await readSafetensors(join(folder, 'model.safetensors'));
    expect(files.names()).toContain('model.shared.weight');
    expect(files.names()).not.toContain('lm_head.weight');

    const tensors = await Promise.all(
      loaded.weights.names().map(async (tensor) => {
        const data = Float32Array.from(await loaded.weights.read(tensor));
        if (tensor === 'decoder.vocabulary.weight') data[3] += 1;
        return [tensor, { shape: loaded.weights.shape(tensor), data }] as const;
      }),
    );
    const weights = new MemoryWeights(tensors);
    await saveSequenceToSequence(
      folder,
      { ...model, config: { ...model.config, tiedVocabulary: false }, weights },
      { overwrite: true },
    );
    const again = await loadSequenceToSequence(folder);
    expect((await json(join(folder, 'config.json')))['tie_word_embeddings']).toBe(false);
    const [vocabulary, words] = await Promise.all(
      ['decoder.vocabulary.weight', 'embeddings.word'].map((tensor) => again.weights.read(tensor)),
    );
    expect(vocabulary[3] - words[3]).toBeCloseTo(1, 5);
  });

  it.each([
    ['fp16', 1e-3],
    ['q8', 2e-2],
  ] as const)('as %s', async (dtype, tolerance) => {
    const { loaded, model } = await source(name);
    const folder = join(await temporaryFolder(), 'saved');
    await saveSequenceToSequence(folder, { ...model, dtype });
    const again = await loadSequenceToSequence(folder);
    for (const tensor of loaded.weights.names()) {
      const [was, is] = [await loaded.weights.read(tensor), await again.weights.read(tensor)];
      const largest = was.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(is.every((value, i) => Math.abs(value - was[i]) <= tolerance * Math.max(largest, 1e-3))).toBe(true);
    }
  });

  it("doesn't pass on what a link leads to", async () => {
    const { loaded, model } = await source(name);
    const [directory, parent] = [await temporaryFolder(), await temporaryFolder()];
    await cp(loaded.directory, directory, { recursive: true });
    const secret = join(parent, 'secret.json');
    await writeFile(secret, '{"token": "secret"}');
    await rm(join(directory, 'generation_config.json'), { force: true });
    await symlink(secret, join(directory, 'generation_config.json'));
    const foreign = await loadSequenceToSequence(directory);
    const saved = saveSequenceToSequence(join(parent, 'saved'), { ...model, ...foreign, base: foreign });
    expect(await failure(saved)).toMatchObject({ code: 'INVALID_CHECKPOINT', fields: { target: secret } });
    expect(await readdir(parent)).toEqual(['secret.json']);
  });

  it('refuses what would be another model, and leaves nothing behind', async () => {
    const { model } = await source(name);
    const parent = await temporaryFolder();
    const refused = async (changes: Partial<SequenceToSequenceToSave>): Promise<string> =>
      (await failure(saveSequenceToSequence(join(parent, 'saved'), { ...model, ...changes }))).code;
    const { encoder, decoder } = model.config;
    expect(await refused({ config: { ...model.config, encoder: { ...encoder, layerNormEpsilon: 1e-7 } } })).toBe(
      'UNSUPPORTED',
    );
    expect(
      await refused({ decoderExitTable: undefined, config: { ...model.config, decoder: { ...decoder, layers: 3 } } }),
    ).toBe('INVALID_CHECKPOINT');
    expect(await refused({ exitTable: { ...model.exitTable!, tokenizerFingerprint: 'another' } })).toBe(
      'TABLE_MISMATCH',
    );
    expect(await refused({ weights: new MemoryWeights([]) })).toBe('INVALID_CHECKPOINT');
    expect(await readdir(parent)).toEqual([]);
  });
});
