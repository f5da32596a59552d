import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type EncoderConfig,
  type ExitTable,
  HasheeError,
  type HeadConfig,
  headTensors,
  MemoryWeights,
  type WeightSource,
} from '@hashee/core';
import { describe, expect, it } from 'vitest';
import { loadModel, type Model, type ModelToSave, readSafetensors, saveModel, writeSafetensors } from '../src/index.js';
import { failure } from './failure.js';
import { goldenModel, toSave } from './golden-model.js';
import { FAMILIES, rewriteModel } from './rewrite-model.js';
import { temporaryFolder } from './temporary-folder.js';

function tableFor({ config, tokenizer }: Model): ExitTable {
  return {
    layers: config.layers,
    exitLayer: Uint8Array.from({ length: config.vocabSize }, (_, id) => 1 + (id % config.layers)),
    hash: { name: 'frequency', parameters: { buckets: 3, corpus: 'x' } },
    tokenizerFingerprint: tokenizer.fingerprint,
  };
}

async function sameWeights(a: WeightSource, b: WeightSource): Promise<void> {
  expect([...a.names()].sort()).toEqual([...b.names()].sort());
  for (const name of a.names()) expect(await a.read(name)).toEqual(await b.read(name));
}

const NAMES = (await readdir(FAMILIES)).filter((name) => !name.includes('.'));

describe('round trips', () => {
  it.each(NAMES)('%s: F16 gives the tensors that transformers wrote, F32 the same model', async (name) => {
    const model = await goldenModel(name);
    const out = await temporaryFolder();
    await saveModel(join(out, 'half'), toSave(model, { dtype: 'fp16' }));
    const [ours, theirs] = await Promise.all(
      [join(out, 'half'), join(FAMILIES, name)].map((folder) => readSafetensors(join(folder, 'model.safetensors'))),
    );
    const pretraining = /^(cls|discriminator_predictions)\./;
    const prefix = new RegExp(`^${model.config.modelType}\\.`);
    const headless = model.heads.length === 0;
    const stored = theirs.names().filter((tensor) => !pretraining.test(tensor));
    expect([...ours.names()].sort()).toEqual(
      stored.map((tensor) => (headless ? tensor.replace(prefix, '') : tensor)).sort(),
    );
    for (const tensor of stored)
      expect(await ours.readRaw(headless ? tensor.replace(prefix, '') : tensor)).toEqual(await theirs.readRaw(tensor));

    await saveModel(join(out, 'full'), toSave(model));
    const again = await loadModel(join(out, 'full'));
    expect(again.config).toEqual(model.config);
    expect(again.heads).toEqual(model.heads);
    expect(again.exitTable).toBeUndefined();
    expect(again.tokenizer.fingerprint).toBe(model.tokenizer.fingerprint);
    expect(again.weights.location('embeddings.word')).toBeDefined();
    await sameWeights(again.weights, model.weights);
  });

  it('config.json says what transformers said, and nothing of where it came from', async () => {
    for (const name of NAMES.filter((each) => !/pretraining/.test(each))) {
      const model = await goldenModel(name);
      const target = join(await temporaryFolder(), 'model');
      const base = { ...model, huggingFaceConfig: { ...model.huggingFaceConfig, _name_or_path: '/models/mine' } };
      await saveModel(target, toSave(model, { base, dtype: 'fp16' }));
      const ours = JSON.parse(await readFile(join(target, 'config.json'), 'utf8'));
      const theirs = JSON.parse(await readFile(join(FAMILIES, name, 'config.json'), 'utf8'));
      const problem = ours.problem_type;
      delete ours.problem_type;
      if (model.heads.length === 0) for (const field of ['id2label', 'label2id']) delete theirs[field];
      expect(ours).toEqual(theirs);
      const task = model.heads[0]?.task;
      expect(problem).toBe(
        { 'sequence-classification': 'single_label_classification', regression: 'regression' }[task as string],
      );
    }
  });

  it('keeps exit table, metadata and heads of any kind', async () => {
    const base = await goldenModel('bert');
    const { config } = base;
    const internal: HeadConfig = {
      name: 'exit2',
      task: 'sequence-classification',
      labels: ['a', 'b'],
      layer: 2,
      dense: 'relu',
      dropout: 0.2,
    };
    const sharing: HeadConfig = {
      ...internal,
      name: 'exit1',
      layer: 1,
      shares: { dense: 'exit2', classifier: 'exit2' },
    };
    const attending: HeadConfig = { ...internal, name: 'attending', attention: { units: 4, heads: 2 } };
    const main: HeadConfig = { ...base.heads[0], dense: 'none' };
    const values = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => i / 7);
    const weights = new MemoryWeights([
      ...(await Promise.all(
        base.weights
          .names()
          .map(
            async (name) => [name, { shape: base.weights.shape(name), data: await base.weights.read(name) }] as const,
          ),
      )),
      ['heads.exit2.dense.weight', { shape: [12, 12], data: values(144) }],
      ['heads.exit2.dense.bias', { shape: [12], data: values(12) }],
      ['heads.exit2.classifier.weight', { shape: [2, 12], data: values(24) }],
      ['heads.exit2.classifier.bias', { shape: [2], data: values(2) }],
      ...headTensors(attending, 12).map(
        ([name, shape]) => [name, { shape, data: values(shape.reduce((product, n) => product * n, 1)) }] as const,
      ),
    ]);
    const exitTable = tableFor(base);
    const metadata = {
      method: { name: 'hashee', parameters: { buckets: 3 } },
      training: { task: 'sst-2', seed: 1, note: '``` # not a heading' },
      baseModel: 'someone/something',
      license: 'apache-2.0',
      quality: [
        { name: 'accuracy', value: 0.91, dense: 0.92, dataset: 'sst-2', split: 'dev', conditions: { seeds: 3 } },
      ],
      speed: [{ name: 'sequences/s', value: 1200.5 }],
    };
    const target = join(await temporaryFolder(), 'deep', 'model');
    await saveModel(target, {
      base,
      config,
      heads: [main, sharing, internal, attending],
      weights,
      exitTable,
      metadata,
      dtype: 'fp32',
    });
    const model = await loadModel(target);
    expect(model.heads).toEqual([main, sharing, internal, attending]);
    expect(await model.weights.read('heads.attending.attention.query.weight')).toEqual(values(16));
    expect(model.exitTable).toEqual(exitTable);
    expect(model.metadata).toEqual(metadata);
    expect(await model.weights.read('heads.exit2.dense.weight')).toEqual(values(144));
    expect(await model.weights.read('heads.main.classifier.bias')).toEqual(
      await base.weights.read('heads.main.classifier.bias'),
    );
    expect(model.huggingFaceConfig['architectures']).toEqual(['BertModel']);
    expect((await readdir(target)).sort()).toEqual(
      [
        'README.md',
        'config.json',
        'hashee.json',
        'model.safetensors',
        'tokenizer.json',
        'tokenizer_config.json',
      ].sort(),
    );
    const card = await readFile(join(target, 'README.md'), 'utf8');
    expect(card).toMatch(/^---\nlibrary_name: hashee\npipeline_tag: text-classification\n/);
    expect(card).toContain('base_model: "someone/something"');
    expect(card).toContain('| accuracy | 0.91 | 0.92 | sst-2 dev | seeds: 3 |');
    expect(card).toContain('| 1 | 7 |');
    expect(card.match(/```/g)).toHaveLength(4);
  });

  it('TinyBERT keeps its relu, DistilBERT and RoBERTa their names', async () => {
    const model = await goldenModel('bert');
    const target = join(await temporaryFolder(), 'model');
    await saveModel(target, toSave(model, { heads: [{ ...model.heads[0], dense: 'tanh+relu' }] }));
    expect((await loadModel(target)).heads[0].dense).toBe('tanh+relu');
    await rm(join(target, 'hashee.json'));
    expect((await loadModel(target)).heads[0].dense).toBe('tanh+relu');
  });

  it('pruned heads, and a layer without any', async () => {
    const model = await goldenModel('bert');
    const config: EncoderConfig = { ...model.config, heads: [3, 0, 2] };
    const width = (layer: number): number => config.heads[layer - 1] * config.headSize;
    const tensors: [string, { shape: number[]; data: Float32Array }][] = [];
    for (const name of model.weights.names()) {
      const [, layer, part, kind] = name.split('.');
      const values = await model.weights.read(name);
      let shape = [...model.weights.shape(name)];
      if (name.startsWith('layers.') && ['query', 'key', 'value'].includes(part))
        shape = [width(Number(layer)), ...shape.slice(1)];
      if (part === 'output' && kind === 'weight') shape = [12, width(Number(layer))];
      const size = shape.reduce((a, b) => a * b, 1);
      if (size > 0) tensors.push([name, { shape, data: values.slice(0, size) }]);
    }
    const target = join(await temporaryFolder(), 'model');
    await saveModel(target, toSave(model, { config, weights: new MemoryWeights(tensors) }));
    const again = await loadModel(target);
    expect(again.config).toEqual(config);
    expect(again.weights.names()).not.toContain('layers.2.query.weight');
    expect(again.weights.names()).toContain('layers.2.output.bias');
  });
});

describe('8-bit integers', () => {
  it('store large matrices with a scale for each row, and give them back within half a step', async () => {
    const folder = await temporaryFolder();
    const source = await goldenModel('bert');
    const wide = { ...source.huggingFaceConfig, hidden_size: 72, num_attention_heads: 3, intermediate_size: 60 };
    const config: EncoderConfig = {
      ...source.config,
      hiddenSize: 72,
      embeddingSize: 72,
      headSize: 24,
      intermediateSize: 60,
    };
    const { encoderTensors, headTensors, Random } = await import('@hashee/core');
    const random = new Random(1);
    const weights = new MemoryWeights(
      [...encoderTensors(config), ...source.heads.flatMap((head) => headTensors(head, 72))].map(([name, shape]) => [
        name,
        { shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()) },
      ]),
    );
    const base = { ...source, huggingFaceConfig: wide };
    const target = join(folder, 'int8');
    const exitLayer = new Uint8Array(config.vocabSize).fill(config.layers);
    const exitTable = { layers: config.layers, exitLayer, hash: { name: 'custom', parameters: {} } };
    await saveModel(target, { base, config, heads: source.heads, weights, exitTable, dtype: 'q8' });
    expect(await readFile(join(target, 'README.md'), 'utf8')).toContain('transformers refuses this folder');
    const model = await loadModel(target);
    expect(model.weights.dtype('layers.1.query.weight')).toBe('I8');
    expect(model.weights.location('layers.1.query.weight')).toBeUndefined();
    expect(model.weights.dtype('layers.1.query.bias')).toBe('F32');
    expect(model.weights.dtype('embeddings.type')).toBe('F32');
    for (const name of model.weights.names()) {
      const [restored, original] = [await model.weights.read(name), await weights.read(name)];
      if (model.weights.dtype(name) === 'F32') {
        expect(restored).toEqual(original);
        continue;
      }
      const width = model.weights.shape(name)[1];
      for (let from = 0; from < original.length; from += width) {
        const row = original.subarray(from, from + width);
        const step = Math.max(...row.map(Math.abs)) / 127;
        const moved = row.map((value, i) => Math.abs(restored[from + i] - value));
        expect(Math.max(...moved)).toBeLessThanOrEqual(step * 0.5001);
      }
    }
    expect(model.huggingFaceConfig['quantization_config']).toEqual({ format: 'hashee-int8-rows' });
    await saveModel(join(folder, 'float'), toSave(model, { dtype: 'fp32' }));
    expect((await loadModel(join(folder, 'float'))).huggingFaceConfig['quantization_config']).toBeUndefined();
  });
});

describe('the folder', () => {
  it('is not touched without overwrite, and keeps its other files with it', async () => {
    const model = await goldenModel('bert');
    const target = join(await temporaryFolder(), 'model');
    await mkdir(target);
    await saveModel(target, toSave(model));
    await writeFile(join(target, 'notes.txt'), 'mine');
    const before = await readFile(join(target, 'hashee.json'), 'utf8');
    const error = await failure(saveModel(target, toSave(model, { exitTable: tableFor(model) })));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toMatch(/isn't empty.*overwrite/);
    expect(await readFile(join(target, 'hashee.json'), 'utf8')).toBe(before);
    await saveModel(target, toSave(model, { exitTable: tableFor(model) }), { overwrite: true });
    expect((await loadModel(target)).exitTable).toEqual(tableFor(model));
    expect(await readFile(join(target, 'notes.txt'), 'utf8')).toBe('mine');
    expect(await readdir(join(target, '..'))).toEqual(['model']);
  });

  it('takes more files along, into folders that are there already', async () => {
    const model = await goldenModel('bert');
    const target = join(await temporaryFolder(), 'model');
    const also = (name: string) => async (folder: string) => {
      await mkdir(join(folder, 'onnx'));
      await writeFile(join(folder, 'onnx', name), name);
    };
    await saveModel(target, toSave(model), { also: also('first') });
    await saveModel(target, toSave(model), { overwrite: true, also: also('second') });
    expect((await readdir(join(target, 'onnx'))).sort()).toEqual(['first', 'second']);
    const broken = async (): Promise<void> => Promise.reject(new HasheeError('IO', 'The disk is full.'));
    expect((await failure(saveModel(target, toSave(model), { overwrite: true, also: broken }))).code).toBe('IO');
    expect(await readdir(join(target, '..'))).toEqual(['model']);
  });

  it('can be the one that the model came from', async () => {
    const model = await goldenModel('bert');
    const expected = new Map(
      await Promise.all(model.weights.names().map(async (n) => [n, await model.weights.read(n)] as const)),
    );
    await saveModel(model.directory, toSave(model, { exitTable: tableFor(model) }), { overwrite: true });
    const again = await loadModel(model.directory);
    for (const [name, values] of expected) expect(await again.weights.read(name)).toEqual(values);
  });

  it('stays as it was when anything fails, and nothing is left beside it', async () => {
    const model = await goldenModel('bert');
    const parent = await temporaryFolder();
    const target = join(parent, 'model');
    await saveModel(target, toSave(model));
    const before = await Promise.all((await readdir(target)).map((file) => readFile(join(target, file))));
    const broken = (change: (name: string, values: Float32Array) => Float32Array): WeightSource => ({
      names: () => model.weights.names(),
      shape: (name) => model.weights.shape(name),
      read: async (name) => change(name, (await model.weights.read(name)).slice()),
    });
    const nan = broken((name, values) => (name === 'layers.3.down.weight' ? values.fill(Number.NaN, 5, 6) : values));
    const controller = new AbortController();
    const aborting = broken((_, values) => {
      controller.abort();
      return values;
    });
    const short = broken((_, values) => values.subarray(1));
    const large = broken((_, values) => values.fill(70_000));
    const errors = [
      await failure(saveModel(target, toSave(model, { weights: nan }), { overwrite: true })),
      await failure(
        saveModel(target, toSave(model, { weights: aborting }), { overwrite: true, signal: controller.signal }),
      ),
      await failure(saveModel(target, toSave(model, { weights: short }), { overwrite: true })),
      await failure(saveModel(target, toSave(model, { weights: large, dtype: 'fp16' }), { overwrite: true })),
      await failure(saveModel(target, toSave(model), { overwrite: true, signal: AbortSignal.abort() })),
    ];
    expect(errors.map(({ code }) => code)).toEqual([
      'INVALID_CHECKPOINT',
      'ABORTED',
      'INVALID_ARGUMENT',
      'UNSUPPORTED',
      'ABORTED',
    ]);
    expect(errors[0].fields).toMatchObject({ name: 'layers.3.down.weight', index: 5 });
    expect(await readdir(parent)).toEqual(['model']);
    expect(await Promise.all((await readdir(target)).map((file) => readFile(join(target, file))))).toEqual(before);
  });

  it('gives the system’s reason where it cannot be written', async () => {
    const model = await goldenModel('bert');
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    expect((await failure(saveModel(file, toSave(model)))).message).toMatch(/is a file/);
    expect((await failure(saveModel(join(file, 'model'), toSave(model)))).code).toMatch(/IO|INVALID_ARGUMENT/);
    const error = await failure(saveModel('/proc/model', toSave(model)));
    expect(error.code).toBe('IO');
    expect(error.message).toContain('/proc/model');
  });
});

describe('refused', () => {
  it('tables of other models and tokenizers', async () => {
    const model = await goldenModel('bert');
    const target = join(await temporaryFolder(), 'model');
    const table = tableFor(model);
    const save = (exitTable: ExitTable): Promise<unknown> => failure(saveModel(target, toSave(model, { exitTable })));
    expect(await save({ ...table, layers: 4 })).toMatchObject({
      code: 'TABLE_MISMATCH',
      fields: { tableLayers: 4, modelLayers: 3 },
    });
    expect(await save({ ...table, exitLayer: new Uint8Array(7).fill(1) })).toMatchObject({ code: 'TABLE_MISMATCH' });
    expect(await save({ ...table, exitLayer: new Uint8Array(20) })).toMatchObject({ code: 'INVALID_TABLE' });
    expect(await save({ ...table, tokenizerFingerprint: 'other' })).toMatchObject({
      code: 'TABLE_MISMATCH',
      fields: { actual: 'other', expected: model.tokenizer.fingerprint },
    });
  });

  it('weights that are missing, metadata that is no JSON, heads that could not be read again', async () => {
    const model = await goldenModel('bert');
    const target = join(await temporaryFolder(), 'model');
    const save = async (changes: Partial<ModelToSave>): Promise<string> =>
      (await failure(saveModel(target, toSave(model, changes)))).message;
    expect(await save({ weights: new MemoryWeights([]) })).toMatch(/"embeddings\.word" of shape \[20, 12\].*none/);
    expect(await save({ metadata: { training: { loss: Number.NaN } } })).toMatch(/"loss" is NaN/);
    expect(await save({ metadata: { training: { big: 1n } } })).toMatch(/plain JSON/);
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(await save({ metadata: { training: circular } })).toMatch(/plain JSON/);
    expect(await save({ heads: [{ ...model.heads[0], dropout: 2 }] })).toMatch(/"dropout" must be/);
    expect(await save({ heads: [...model.heads, ...model.heads] })).toMatch(/names of their own/);
    expect(await save({ config: { ...model.config, modelType: 'gpt' } })).toMatch(/"gpt"/);
    expect(await save({ config: { ...model.config, layerWeights: [1, 1, 1] } })).toMatch(/share weights/);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['a newer format', { formatVersion: 2 }, /"formatVersion" is 2.*Update/],
    ['no format', { formatVersion: undefined }, /"formatVersion"/],
    ['other layers', { layers: 6 }, /6 layers and 20 vocabulary entries, config\.json has 3 and 20/],
    ['another vocabulary', { vocabulary: 30522 }, /30522 vocabulary entries, config\.json has 3 and 20/],
    [
      'a table that is nowhere',
      { exitTable: { tensor: 'absent', hash: { name: 'x', parameters: {} } } },
      /U8 tensor "absent".*found nothing/,
    ],
    [
      'a table of floats',
      { exitTable: { tensor: 'classifier.bias', hash: { name: 'x', parameters: {} } } },
      /found F32 \[3\]/,
    ],
    ['a table without hash', { exitTable: { tensor: 'hashee.exit_layers' } }, /"name" must be a string/],
    [
      'another tokenizer',
      { tokenizerFingerprint: 'beef' },
      /made with the tokenizer beef, the one there is [0-9a-f]{64}/,
    ],
    [
      'heads above the last layer',
      { heads: [{ name: 'a', task: 'regression', labels: ['x'], layer: 4, dense: 'none' }] },
      /"layer" must be from 1 to 3/,
    ],
    [
      'a head with a path as name',
      { heads: [{ name: '../a', task: 'regression', labels: ['x'], layer: 1, dense: 'none' }] },
      /"name" must be letters/,
    ],
    [
      'a head of an unknown task',
      { heads: [{ name: 'a', task: 'poetry', labels: ['x'], layer: 1, dense: 'none' }] },
      /"task"/,
    ],
    [
      'a head that the weights lack',
      { heads: [{ name: 'a', task: 'regression', labels: ['x'], layer: 1, dense: 'none' }] },
      /no tensor "heads\.a\.classifier\.weight"/,
    ],
    ['measurements without value', { quality: [{ name: 'accuracy' }] }, /"value" must be a number/],
  ])('hashee.json with %s', async (_, changes, message) => {
    const model = await goldenModel('bert');
    const target = join(await temporaryFolder(), 'model');
    await saveModel(target, toSave(model, { exitTable: tableFor(model) }));
    const path = join(target, 'hashee.json');
    await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...changes }));
    const error = await failure(loadModel(target));
    expect(['INVALID_CONFIG', 'INVALID_TABLE', 'TABLE_MISMATCH', 'UNSUPPORTED', 'INVALID_CHECKPOINT']).toContain(
      error.code,
    );
    expect(error.message).toMatch(message);
  });

  it('a table in the weights file with layers that the model does not have', async () => {
    const model = await goldenModel('bert');
    const target = join(await temporaryFolder(), 'model');
    await saveModel(target, toSave(model, { exitTable: tableFor(model) }));
    const file = join(target, 'model.safetensors');
    const weights = await readSafetensors(file);
    const copies = await Promise.all(
      weights.names().map(async (name) => {
        const bytes = name === 'hashee.exit_layers' ? new Uint8Array(20).fill(9) : await weights.readRaw(name);
        return { name, dtype: weights.dtype(name), shape: weights.shape(name), read: () => bytes };
      }),
    );
    await writeSafetensors(file, copies);
    expect(await failure(loadModel(target))).toMatchObject({ code: 'INVALID_TABLE', fields: { id: 0, exitLayer: 9 } });
  });

  it('a model folder without tokenizer.json', async () => {
    expect((await failure(loadModel(await rewriteModel('bert', {})))).message).toMatch(/no tokenizer\.json/);
  });
});
